// How WebAssembly says how much memory a module may have: the memory section holds one entry, whose flag tells whether a
// most is given after the least, both in pages of 64 KiB.

import { concatBytes } from '../../base/bytes.ts'

export const WASM_PAGE_BYTES = 65_536

const HEADER_BYTES = 8
const MEMORY_SECTION = 5
const HAS_MOST = 1

/**
 * The same module with at most `pages` of memory. What asks for more is refused, which ends the call that asked with a trap.
 *
 * @throws RangeError when the module has no memory of its own
 */
export function withMemoryLimit(module: Uint8Array, pages: number): Uint8Array {
  let offset = HEADER_BYTES
  while (offset < module.length) {
    const id = module[offset]
    const size = readUnsigned(module, offset + 1)
    const end = size.end + size.value
    if (id === MEMORY_SECTION) {
      return concatBytes([
        module.subarray(0, offset),
        memorySection(leastPages(module, size.end), pages),
        module.subarray(end),
      ])
    }
    offset = end
  }
  throw new RangeError('module has no memory')
}

/** @param start of the contents: a count of one, the flag, the least */
function leastPages(module: Uint8Array, start: number): number {
  return readUnsigned(module, start + 2).value
}

function memorySection(least: number, most: number): Uint8Array {
  const contents = [1, HAS_MOST, ...unsigned(least), ...unsigned(most)]
  return Uint8Array.from([MEMORY_SECTION, ...unsigned(contents.length), ...contents])
}

/** LEB128: seven bits a byte, the lowest first, the highest bit set on all but the last. */
function readUnsigned(
  bytes: Uint8Array,
  start: number,
): { readonly value: number; readonly end: number } {
  let value = 0
  let scale = 1
  for (let at = start; ; at += 1, scale *= 128) {
    const byte = bytes[at] ?? 0
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return { value, end: at + 1 }
  }
}

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 128) | 0x80, ...unsigned(Math.floor(value / 128))]
}
