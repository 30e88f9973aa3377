// When the engine compiles functions anew, and better. Flags that it does not know it complains of, so each is for versions of Node.
import { setFlagsFromString } from 'node:v8'

/** The first Node whose engine waits for so long of itself. */
const PATIENT_NODE = 24

/** The first Node whose engine counts calls instead, of which nothing is known here. */
const COUNTING_NODE = 22

/**
 * Lets the engine wait longer with functions of WebAssembly. Before Node 24 it compiles the largest function of the Parquet decoder
 * anew once ten columns are read, which takes 90 ms in a thread of its own: a quarter of all that a command does that prints a few
 * rows. It has to come before WebAssembly is loaded.
 */
export function delayWasmTiering(): void {
  if (majorVersion() < PATIENT_NODE) setFlagsFromString('--wasm-tiering-budget=13000000')
}

/**
 * Lets the engine wait thirty times longer with functions of JavaScript, for what goes on for ever and has done all it does. What is
 * done once a batch would else become worth it after minutes or hours, one function after the other: of the objects that a stream
 * holds more of after 3,300 batches than after 1,400, nearly all were compiled code and what goes with it.
 */
export function delayTiering(): void {
  if (majorVersion() < COUNTING_NODE) setFlagsFromString('--interrupt-budget=2000000')
}

function majorVersion(): number {
  const [major = 0] = process.versions.node.split('.').map(Number)
  return major
}
