/** A file system in memory with the part of OPFS that {@link ModelStorage} uses; for tests. */

export interface MemoryFolder {
  readonly handle: FileSystemDirectoryHandle
  /** Names and contents in a folder. */
  files(folder: string): readonly (readonly [name: string, content: Uint8Array<ArrayBuffer>])[]
  put(path: string, content: Uint8Array<ArrayBuffer>): void
  /** Files written through handles so far. */
  writes(): number
  /** From now on so many files can be written; the next is refused as by a full storage. */
  failAfter(writes: number): void
}

export function memoryFolder(): MemoryFolder {
  const disk = new Map<string, Uint8Array<ArrayBuffer>>()
  const folders = new Set<string>()
  let writes = 0
  let room = Infinity

  const file = (path: string) => ({
    kind: 'file',
    getFile: () => Promise.resolve(new File([disk.get(path) ?? new Uint8Array()], path)),
    createWritable: () => {
      let content: Uint8Array<ArrayBuffer> = new Uint8Array()
      return Promise.resolve({
        write: (data: Uint8Array<ArrayBuffer> | string) =>
          Promise.resolve(void (content = typeof data === 'string' ? new TextEncoder().encode(data) : data.slice())),
        close: () => {
          if (room-- <= 0) return Promise.reject(new DOMException('full', 'QuotaExceededError'))
          writes++
          return Promise.resolve(void disk.set(path, content))
        },
      })
    },
  })

  const directory = (path: string): unknown => {
    const inner = (name: string): string => (path === '' ? name : `${path}/${name}`)
    const notFound = () => Promise.reject(new DOMException('not there', 'NotFoundError'))
    const children = (): [string, unknown][] => {
      const names = [...disk.keys(), ...folders]
        .filter((entry) => entry.startsWith(`${path}/`))
        .map((entry) => entry.slice(path.length + 1).split('/')[0]!)
      return [...new Set(names)].map((name) => [
        name,
        folders.has(inner(name)) ? directory(inner(name)) : file(inner(name)),
      ])
    }
    async function* entries() {
      for (const entry of children()) yield await Promise.resolve(entry)
    }
    async function* keys() {
      for (const [name] of children()) yield await Promise.resolve(name)
    }
    return {
      kind: 'directory',
      entries,
      keys,
      getDirectoryHandle: (name: string, { create = false } = {}) => {
        if (!create && !folders.has(inner(name))) return notFound()
        folders.add(inner(name))
        return Promise.resolve(directory(inner(name)))
      },
      getFileHandle: (name: string, { create = false } = {}) => {
        if (!create && !disk.has(inner(name))) return notFound()
        return Promise.resolve(file(inner(name)))
      },
      removeEntry: (name: string) => (disk.delete(inner(name)) ? Promise.resolve() : notFound()),
    }
  }

  return {
    handle: directory('') as FileSystemDirectoryHandle,
    files: (folder) =>
      [...disk]
        .filter(([path]) => path.startsWith(`${folder}/`))
        .map(([path, content]) => [path.slice(folder.length + 1), content]),
    put: (path, content) => void disk.set(path, content),
    writes: () => writes,
    failAfter: (left) => void (room = left),
  }
}
