import { createHash } from 'node:crypto'

import { equalBytes } from '../base/bytes.ts'

/** How a version begins whose metadata was let go after later ones were committed. No table metadata begins so. */
const START = new TextEncoder().encode('{"frazil-superseded":')

/** How much of a version is read to see whether its metadata is still there. */
export const SUPERSEDED_START_BYTES: number = START.length

/**
 * What stays under the name of a version in place of its metadata, so that the name is never free again. It tells which
 * bytes were there: a writer who was not told what became of a commit still finds out whether it was that one.
 */
export function supersededMarker(metadata: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update(metadata).digest('hex')
  return new TextEncoder().encode(`{"frazil-superseded":"${hash}"}`)
}

/** Whether the metadata of a version, of which the first bytes are enough, was let go. */
export function isSuperseded(bytes: Uint8Array): boolean {
  return START.every((byte, index) => bytes[index] === byte)
}

/** Whether a version has, or had, these bytes. */
export function isOrWas(found: Uint8Array, metadata: Uint8Array): boolean {
  return equalBytes(found, isSuperseded(found) ? supersededMarker(metadata) : metadata)
}
