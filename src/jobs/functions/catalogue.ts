import type { JobFunction } from './define.ts'

/** Every function that a step may name, in the order of the alphabet. */
export const FUNCTIONS: ReadonlyMap<string, JobFunction> = new Map<string, JobFunction>()

/** Known by name, and not built. */
export const LATER_FUNCTIONS: readonly string[] = ['parse_html']
