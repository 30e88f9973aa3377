import { counted } from '../base/counted.ts'

/** `3 files (1024 bytes)`, or without the bytes where nobody tells them. */
export function describeFiles(files: readonly { readonly sizeBytes: bigint | null }[]): string {
  const bytes = totalBytes(files)
  const count = counted(files.length, 'file')
  return bytes === 0n ? count : `${count} (${counted(bytes, 'byte')})`
}

/** As far as it is known. */
export function totalBytes(files: readonly { readonly sizeBytes: bigint | null }[]): bigint {
  return files.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0n), 0n)
}
