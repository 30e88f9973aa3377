import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { compileFunction } from 'node:vm'

import type * as parquetWasm from 'parquet-wasm'

import { assert } from '../../base/assert.ts'
import { WASM_PAGE_BYTES, withMemoryLimit } from './memory-limit.ts'

export type ParquetWasm = typeof parquetWasm

/** What one instance may ever hold. A row group of 128 MiB takes 0.5 GiB to encode; a few damaged bytes can ask for any size. */
const MAX_MEMORY_BYTES = 2 ** 31

/** WebAssembly memory grows and never shrinks; above this it is given back by starting anew. */
const KEPT_MEMORY_BYTES = 384 * 1024 * 1024

/** A trap in so much memory is taken for the end of it: a buffer that grows asks for twice its size. */
const SCARCE_MEMORY_BYTES = MAX_MEMORY_BYTES / 4

/** WebAssembly stopped, where a fault that the library knows of would be a plain error. */
export class WasmTrap extends Error {
  override readonly name = 'WasmTrap'
  /** Whether it happened for want of memory, as far as one can tell. */
  readonly isOutOfMemory: boolean

  constructor(cause: unknown, isOutOfMemory: boolean) {
    super('WebAssembly stopped', { cause })
    this.isOutOfMemory = isOutOfMemory
  }
}

let current: ParquetWasm | null = null

/**
 * Runs `call` in parquet-wasm, which is loaded by the first call (25 ms) and kept.
 *
 * After a trap its state and its stack cannot be trusted, and after a large piece of work its memory stays large: then
 * the instance is dropped and the next call starts a new one (10 ms). So `call` must not leave objects behind.
 *
 * @throws WasmTrap in place of what WebAssembly throws when it stops
 */
export function callParquetWasm<Result>(call: (wasm: ParquetWasm) => Result): Result {
  const wasm = (current ??= load())
  try {
    return call(wasm)
  } catch (error) {
    if (!isTrap(error)) throw error
    retire(wasm)
    throw new WasmTrap(error, memoryBytes(wasm) > SCARCE_MEMORY_BYTES)
  } finally {
    if (memoryBytes(wasm) > KEPT_MEMORY_BYTES) retire(wasm)
  }
}

/** The memory that an instance has now; one that grows has other memory. */
export function memoryOf(wasm: ParquetWasm): ArrayBuffer {
  const memory: unknown = wasm.wasmMemory()
  const buffer =
    typeof memory === 'object' && memory !== null && 'buffer' in memory && memory.buffer
  assert(buffer instanceof ArrayBuffer, 'an instance has memory')
  return buffer
}

/** Whether there is an instance that the next call takes. False after one that was dropped, whose memory is still there. */
export function isParquetWasmKept(): boolean {
  return current !== null
}

function isTrap(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RuntimeError' || error.name === 'RangeError')
}

/**
 * The package for Node is CommonJS that reads its module from beside it and instantiates it once. It is run here by hand,
 * so that it can be run again, nothing keeps what was loaded before alive, and the module that it reads is the one with a
 * limit.
 */
function load(): ParquetWasm {
  const require = createRequire(import.meta.url)
  const path = require.resolve('parquet-wasm')
  const run = compileFunction(
    readFileSync(path, 'utf8'),
    ['exports', 'require', 'module', '__dirname'],
    { filename: path },
  )
  const exports = {}
  const requireIt = (name: string): unknown =>
    name === 'fs' ? { readFileSync: readLimited } : require(name)
  run(exports, requireIt, { exports }, dirname(path))
  // What the package exports is what its declarations say.
  return exports as ParquetWasm
}

function readLimited(path: string): Uint8Array {
  return withMemoryLimit(readFileSync(path), MAX_MEMORY_BYTES / WASM_PAGE_BYTES)
}

function retire(wasm: ParquetWasm): void {
  if (current === wasm) current = null
}

function memoryBytes(wasm: ParquetWasm): number {
  return memoryOf(wasm).byteLength
}
