/**
 * How long to wait before another attempt: doubling from `minMs` up to `maxMs`, less up to half of it by chance, so that
 * writers who collided once do not collide again in step.
 *
 * @param attempt attempts that failed so far, from 1
 * @param random in `[0, 1)`
 * @returns milliseconds in `[half, whole]` of the doubled wait: a chance near 1 rounds to the half
 */
export function backoffMs(
  attempt: number,
  bounds: { readonly minMs: number; readonly maxMs: number },
  random: () => number,
): number {
  const wholeMs = Math.min(bounds.maxMs, bounds.minMs * 2 ** Math.max(0, attempt - 1))
  return wholeMs * (1 - random() / 2)
}
