import type { Comparison, Side } from './comparisons.js'
import type { Measured } from './measure.js'

/** What each side measured, round by round. */
export type Results = ReadonlyMap<Side, readonly Measured[]>

/**
 * The lines of one comparison: every side as it is, and ours against the others. A ratio is taken within a round, whose sides
 * run one after the other, and the median of rounds is shown; below 1 we need less.
 */
export function comparisonLines({ name, sides }: Comparison, results: Results): readonly string[] {
  checkSame(name, results)
  const measuredBy = (side: Side): readonly Measured[] => results.get(side) ?? []
  const [first, ...all] = sides
  const others = all.filter((side) => results.has(side))
  const ours = measuredBy(first)
  return [
    line(`**${name}**: ${first.name}`, ours, null),
    ...others.map((other) => line(`${name}: ${other.name}`, measuredBy(other), ours)),
  ]
}

type Quantity = 'wallMs' | 'cpuMs' | 'peakBytes'

const QUANTITIES: readonly (readonly [Quantity, unit: number, digits: number])[] = [
  ['wallMs', 1e3, 2],
  ['cpuMs', 1e3, 2],
  ['peakBytes', 1e6, 0],
]

function line(name: string, own: readonly Measured[], ours: readonly Measured[] | null): string {
  const values = QUANTITIES.map(([quantity, unit, digits]) =>
    (median(own.map((one) => one[quantity])) / unit).toFixed(digits),
  )
  const ratios = QUANTITIES.map(([quantity]) =>
    ours === null ? '' : median(ratiosOf(quantity, ours, own)).toFixed(2),
  )
  const delay = median(own.map((one) => one.delayMs)).toFixed(0)
  return `| ${[name, ...values, delay, ...ratios].join(' | ')} |`
}

function ratiosOf(
  quantity: Quantity,
  ours: readonly Measured[],
  theirs: readonly Measured[],
): readonly number[] {
  return ours.map((one, round) => one[quantity] / (theirs[round]?.[quantity] ?? Number.NaN))
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = (sorted.length - 1) / 2
  return (
    ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
  )
}

/** A side that does less is faster. */
function checkSame(name: string, results: Results): void {
  const done = new Set(
    [...results.values()].flat().map((measured) => JSON.stringify(measured.done)),
  )
  if (done.size > 1)
    throw new Error(`${name}: the sides did not do the same: ${[...done].join(', ')}`)
}
