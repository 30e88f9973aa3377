import type { Comparison, Side } from './comparisons.js'
import type { Measured } from './measure.js'

/** What each side measured, round by round. */
export type Results = ReadonlyMap<Side, readonly Measured[]>

/** The lines of one comparison: our side as it is, the others with the ratio of ours to theirs, below 1 where we need less. */
export function comparisonLines({ name, sides }: Comparison, results: Results): readonly string[] {
  const [ours, ...others] = sides.map((side) => ({ side, ...medians(results.get(side) ?? []) }))
  if (ours === undefined) return []
  checkSame(name, results)
  return [
    line(`**${name}**: ${ours.side.name}`, ours, null),
    ...others.map((other) => line(`${name}: ${other.side.name}`, other, ours)),
  ]
}

type Medians = Pick<Measured, 'wallMs' | 'cpuMs' | 'peakBytes'>

function medians(measured: readonly Measured[]): Medians {
  return {
    wallMs: median(measured.map(({ wallMs }) => wallMs)),
    cpuMs: median(measured.map(({ cpuMs }) => cpuMs)),
    peakBytes: median(measured.map(({ peakBytes }) => peakBytes)),
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = (sorted.length - 1) / 2
  return (
    ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
  )
}

function line(name: string, own: Medians, ours: Medians | null): string {
  const cells = [
    (own.wallMs / 1000).toFixed(2),
    (own.cpuMs / 1000).toFixed(2),
    (own.peakBytes / 1e6).toFixed(0),
    ours === null ? '' : (ours.wallMs / own.wallMs).toFixed(2),
    ours === null ? '' : (ours.cpuMs / own.cpuMs).toFixed(2),
    ours === null ? '' : (ours.peakBytes / own.peakBytes).toFixed(2),
  ]
  return `| ${[name, ...cells].join(' | ')} |`
}

/** A side that does less is faster. */
function checkSame(name: string, results: Results): void {
  const done = new Set(
    [...results.values()].flat().map((measured) => JSON.stringify(measured.done)),
  )
  if (done.size > 1)
    throw new Error(`${name}: the sides did not do the same: ${[...done].join(', ')}`)
}
