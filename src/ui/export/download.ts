/** Hands a file to the browser's download list. */
export function downloadBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The click has only queued the download; the blob must outlive it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** "holiday.jpg" -> "holiday"; "photo" when nothing is left. */
export function fileStem(name: string): string {
  return name.replace(/\.[^.]*$/, '').trim() || 'photo'
}
