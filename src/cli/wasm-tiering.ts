import { setFlagsFromString } from 'node:v8'

/** The first Node whose engine waits for so long of itself. */
const PATIENT_NODE = 24

/**
 * Lets the engine wait longer before it compiles a function of WebAssembly anew, and better. Before Node 24 it does so for
 * the largest function of the Parquet decoder, which takes 90 ms in a thread of its own, once ten columns are read: a
 * quarter of all that a command does that prints a few rows. It has to come before WebAssembly is loaded.
 */
export function delayWasmTiering(): void {
  const [major = 0] = process.versions.node.split('.').map(Number)
  if (major < PATIENT_NODE) setFlagsFromString('--wasm-tiering-budget=13000000')
}
