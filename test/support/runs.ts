/** Runs of a property, multiplied by `FC_RUNS`. */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: Math.max(1, Math.round(count * Number(process.env['FC_RUNS'] ?? '1'))) }
}
