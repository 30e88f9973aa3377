import { createRequire } from 'node:module'

import type * as parquetWasm from 'parquet-wasm'

export type ParquetWasm = typeof parquetWasm

/** WebAssembly memory grows and never shrinks; above this it is given back by starting anew. */
const KEPT_MEMORY_BYTES = 512 * 1024 * 1024

let current: ParquetWasm | null = null

/**
 * Runs `call` in parquet-wasm, which is loaded by the first call (25 ms) and kept.
 *
 * After a trap its state and its stack cannot be trusted, and after a large piece of work its memory stays large: then
 * the instance is dropped and the next call starts a new one (10 ms). So `call` must not leave objects behind.
 */
export function callParquetWasm<Result>(call: (wasm: ParquetWasm) => Result): Result {
  const wasm = (current ??= load())
  try {
    return call(wasm)
  } catch (error) {
    if (isTrap(error)) retire(wasm)
    throw error
  } finally {
    if (memoryBytes(wasm) > KEPT_MEMORY_BYTES) retire(wasm)
  }
}

/** Whether WebAssembly stopped, where a fault that the library knows of would be a plain error. */
export function isTrap(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RuntimeError' || error.name === 'RangeError')
}

function load(): ParquetWasm {
  // The package for Node is CommonJS and instantiates once for each time it is loaded. The `require` is a new one too, as
  // it keeps what it has loaded alive.
  const require = createRequire(import.meta.url)
  const path = require.resolve('parquet-wasm')
  Reflect.deleteProperty(require.cache, path)
  return require(path) as ParquetWasm
}

function retire(wasm: ParquetWasm): void {
  if (current === wasm) current = null
}

function memoryBytes(wasm: ParquetWasm): number {
  const memory: unknown = wasm.wasmMemory()
  const isMemory = typeof memory === 'object' && memory !== null && 'buffer' in memory
  return isMemory && memory.buffer instanceof ArrayBuffer ? memory.buffer.byteLength : 0
}
