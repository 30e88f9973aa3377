import { fromHex, toHex } from '../base/bytes.ts'

/** `f79c3e09-677c-4bbd-a479-3f349cb785e7`, from 16 bytes in the order they are written. */
export function formatUuid(bytes: Uint8Array): string {
  const hex = toHex(bytes)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The 16 bytes of a uuid with its hyphens, in either case; null when the text is none. */
export function parseUuid(text: string): Uint8Array | null {
  return UUID.test(text) ? fromHex(text.replaceAll('-', '')) : null
}
