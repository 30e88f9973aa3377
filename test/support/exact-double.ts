// Doubles as the whole numbers that they are multiples of, to judge sums of them by.

/** Every double is so many times 2^-1074. */
const UNIT_BITS = 1074

/** A finite double in units of 2^-1074. */
export function unitsOf(value: number): bigint {
  let [mantissa, exponent] = [value, 0]
  while (!Number.isInteger(mantissa)) [mantissa, exponent] = [mantissa * 2, exponent + 1]
  // Large doubles are whole, and small ones were doubled until they were.
  return BigInt(mantissa) << BigInt(UNIT_BITS - exponent)
}

/** Whether no double is nearer to `units / divisor` than this one, which is even where two are as near. */
export function isNearestDouble(value: number, units: bigint, divisor = 1n): boolean {
  if (!Number.isFinite(value)) {
    const middle = unitsOf(Number.MAX_VALUE) + (1n << BigInt(UNIT_BITS + 970))
    return magnitude(units) >= middle * divisor && value > 0 === units > 0n
  }
  const distance = (other: number): bigint => magnitude(units - unitsOf(other) * divisor)
  const own = distance(value)
  return [nextUp(value), -nextUp(-value)].every((other) => {
    if (!Number.isFinite(other)) return true
    const theirs = distance(other)
    return own < theirs || (own === theirs && isEven(value))
  })
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}

const view = new DataView(new ArrayBuffer(8))

function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE
  view.setFloat64(0, value)
  view.setBigUint64(0, view.getBigUint64(0) + (value > 0 ? 1n : -1n))
  return view.getFloat64(0)
}

function isEven(value: number): boolean {
  view.setFloat64(0, value)
  return view.getBigUint64(0) % 2n === 0n
}
