/** The nearest number of 32 bits; null when a finite number lies beyond the largest of them. */
export function roundToFloat32(value: number): number | null {
  const rounded = Math.fround(value)
  return Number.isFinite(value) && !Number.isFinite(rounded) ? null : rounded
}
