import { PICTURE_TYPES } from '../../sw/picture-types'

/** A file that was dropped, pasted, picked or shared, with its path where it came in a folder. */
export interface Brought {
  readonly file: File
  readonly path: string
}

/** What several files are to this app. */
interface Sorted {
  /** The first picture. */
  readonly photo: File | undefined
  readonly styles: readonly { readonly file: File; readonly name: string; readonly adapterConfig: File | undefined }[]
  /** All files, where there is a model among them. */
  readonly model: readonly Brought[]
  /** Names of those that nothing is done with. */
  readonly leftOut: readonly string[]
}

const ADAPTER_CONFIG = 'adapter_config.json'
/** Trainers' names for any LoRA; its folder says more. */
const ANY_LORA = /^(pytorch_lora_weights|adapter_model|diffusion_pytorch_model|lora)\.safetensors$/i
const STYLE = /\.(?:safetensors|sft)$/i
const PICTURE_ENDINGS = Object.values(PICTURE_TYPES).flat()

/**
 * A folder with model.json is a model; files of weights are styles, with the adapter_config.json of their folder; else
 * the first picture counts.
 * @param weights those among the files that hold weights, by their content; without it names decide
 */
export function sorted(files: readonly Brought[], weights?: ReadonlySet<Brought>): Sorted {
  if (files.some(({ path }) => /(^|\/)model\.json$/.test(path)))
    return { photo: undefined, styles: [], model: files, leftOut: [] }
  const loras = files.filter((one) => weights?.has(one) ?? STYLE.test(one.path))
  const configs = files.filter(({ path }) => nameOf(path) === ADAPTER_CONFIG)
  const used = new Set<Brought>(loras)
  const styles = loras.map(({ file, path }) => {
    const config = configs.find((one) => folderOf(one.path) === folderOf(path))
    if (config !== undefined) used.add(config)
    const name = nameOf(path)
    const folder = nameOf(folderOf(path))
    return {
      file,
      name: ANY_LORA.test(name) && folder !== '' ? folder : name.replace(STYLE, ''),
      adapterConfig: config?.file,
    }
  })
  const rest = files.filter((one) => !used.has(one))
  const pictures = rest.filter(({ file, path }) => file.type.startsWith('image/') || endsAsPicture(path))
  // A file alone that looks like nothing is opened as a photo all the same: its first bytes decide, and what is wrong
  // is said.
  const photo = pictures[0] ?? (styles.length === 0 ? rest[0] : undefined)
  return {
    photo: photo?.file,
    styles,
    model: [],
    leftOut: rest.filter((one) => one !== photo).map(({ path }) => nameOf(path)),
  }
}

const endsAsPicture = (path: string): boolean => PICTURE_ENDINGS.some((ending) => path.toLowerCase().endsWith(ending))

/** Folders are gone through, as far as a model or a LoRA needs. */
const MOST_FILES = 2000

/** What was dropped, folders included. Call it before anything is awaited: the browser clears a drop afterwards. */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly Brought[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? [])
  // Browsers without entries, and drops made by scripts, have plain files.
  if (entries.length === 0) return [...transfer.files].map((file) => ({ file, path: file.name }))
  const found: Brought[] = []
  const plain = [...transfer.files]
  for (const entry of entries) await walk(entry, found)
  return found.length > 0 ? found : plain.map((file) => ({ file, path: file.name }))
}

async function walk(entry: FileSystemEntry, found: Brought[]): Promise<void> {
  if (found.length >= MOST_FILES || entry.name.startsWith('.')) return
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      ;(entry as FileSystemFileEntry).file(resolve, reject)
    })
    found.push({ file, path: entry.fullPath.replace(/^\//, '') })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject)
    })
    if (some.length === 0) return
    for (const inner of some) await walk(inner, found)
  }
}

/**
 * What a paste is. Text belongs to the field that has the focus; where none has, text is nothing to us, also when a
 * program puts a picture of it beside it. A picture alone is a photo, unless somebody is typing.
 */
export function pasteMeans(
  data: Pick<DataTransfer, 'types' | 'files'>,
  focused: Element | null,
): 'field' | 'nothing' | 'photo' | 'ask' {
  const text = data.types.includes('text/plain')
  const typing = takesText(focused)
  if (data.files.length === 0 || text) return typing ? 'field' : 'nothing'
  return typing ? 'ask' : 'photo'
}

const NOT_TEXT = ['button', 'checkbox', 'color', 'file', 'image', 'radio', 'range', 'reset', 'submit', 'hidden']

function takesText(element: Element | null): boolean {
  if (element === null) return false
  const { tagName } = element
  if (tagName === 'TEXTAREA') return true
  if (tagName === 'INPUT') return !NOT_TEXT.includes((element as HTMLInputElement).type)
  return (element as HTMLElement).isContentEditable
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
