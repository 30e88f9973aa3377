/** Values that a macro refuses: with an error of DuckDB's that says why and where, which becomes one of ours. */

/** How {@link refuse} spells a message and a place, so that they are found again in what DuckDB says. */
export const REFUSAL: RegExp = /frazil:(\d+):(invalid|unsupported):([^"\n]*)/

/** What is known to mean something else in Spark, or is not known to mean the same; for macros that have a `place`. */
export function refuse(message: string): string {
  return `error('frazil:' || place || ':unsupported:${message}')`
}

/** What is an error in Spark too. */
export function fail(message: string): string {
  return `error('frazil:' || place || ':invalid:${message}')`
}
