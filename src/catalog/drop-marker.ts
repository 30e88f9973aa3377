/** How a version begins that says "there is no table any more". No table metadata begins so. */
const START = new TextEncoder().encode('{"frazil-dropped":')

/** How much of a version is read to see whether it is a table. */
export const DROP_MARKER_START_BYTES: number = START.length

/**
 * The content of the version that ends a table. Other engines read this as damaged metadata, not as an old state of the
 * table. `commitId` tells one drop from another, as it does for commits.
 */
export function dropMarker(commitId: string): Uint8Array {
  return new TextEncoder().encode(`{"frazil-dropped":"${commitId}"}`)
}

/** Whether a version, of which the first bytes are enough, ends a table. */
export function isDropMarker(bytes: Uint8Array): boolean {
  return START.every((byte, index) => bytes[index] === byte)
}
