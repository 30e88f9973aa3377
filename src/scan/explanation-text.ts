// An explanation in words: how far each level of pruning got, and of each reason how often it counted and where it did first.
import { stringifyJson } from '../base/json-exact.ts'
import type { ExplainedTotals, Explanation, FailedTest, PrunedBy } from './explanation.ts'

/** Reasons that are told at each level; the others are counted. */
const TOLD_REASONS = 5

type Level = 'manifest' | 'file' | 'row-group'

/** What left something out, and the first that it left out. */
interface Reason {
  count: number
  readonly text: string
  readonly example: string
}

/** Gathers explanations, of which only reasons are kept: there are as many as there are tests. */
export class ExplanationText {
  readonly #reasons: Readonly<Record<Level, Map<string, Reason>>> = {
    manifest: new Map(),
    file: new Map(),
    'row-group': new Map(),
  }
  #totals: ExplainedTotals | null = null

  add(part: Explanation): void {
    if (part.kind === 'totals') {
      this.#totals = part
      return
    }
    if (part.prunedBy === null) return
    const reasons = this.#reasons[part.kind]
    const text = reasonText(part.prunedBy, part.because)
    const known = reasons.get(text)
    if (known === undefined) reasons.set(text, { count: 1, text, example: exampleText(part) })
    else known.count += 1
  }

  /** Once the totals have come. */
  lines(): readonly string[] {
    const totals = this.#totals
    if (totals === null) return []
    const { counts, rowGroups, rowGroupsPruned, predicate, snapshotId } = totals
    const filesPruned = counts.filesPrunedByPartition + counts.filesPrunedByMetrics
    return [
      `snapshot ${snapshotId ?? 'none'}, where ${predicate}`,
      ...this.#levelLines('manifest', counts.manifests, counts.manifestsPruned),
      ...this.#levelLines('file', counts.files, filesPruned),
      ...this.#levelLines('row-group', rowGroups, rowGroupsPruned),
      `rows: ${totals.rowsRead} of ${counts.recordsPlanned} in the files that are read (${counts.bytesPlanned} bytes)`,
    ]
  }

  #levelLines(level: Level, all: number, pruned: number): readonly string[] {
    const reasons = [...this.#reasons[level].values()].sort((left, right) => {
      return right.count - left.count
    })
    const told = reasons.slice(0, TOLD_REASONS)
    const left = reasons.length - told.length
    return [
      `${LEVELS[level]}: ${all - pruned} of ${all} read`,
      ...told.map(
        ({ count, text, example }) => `  ${count} left out by ${text}, such as ${example}`,
      ),
      ...(left > 0 ? [`  ${left} more reasons`] : []),
    ]
  }
}

const LEVELS: Readonly<Record<Level, string>> = {
  manifest: 'manifests',
  file: 'files',
  'row-group': 'row groups',
}

const BY: Readonly<Record<PrunedBy, string>> = {
  'partition-summaries': 'the partitions in it',
  partition: 'its partition',
  metrics: 'counts and bounds',
  'metadata-columns': 'metadata columns',
  statistics: 'statistics',
}

function reasonText(prunedBy: PrunedBy, because: readonly FailedTest[]): string {
  if (because.length === 0) return `${BY[prunedBy]}: nothing can match`
  return `${BY[prunedBy]}: ${because.map(({ test }) => test).join(', and ')}`
}

function exampleText(part: Exclude<Explanation, ExplainedTotals>): string {
  const place = part.kind === 'row-group' ? `row group ${part.index} of ${part.path}` : part.path
  const facts = part.because.map(({ column, known }) => `${column} ${factsText(known)}`)
  return facts.length === 0 ? place : `${place} with ${facts.join(', ')}`
}

function factsText(known: FailedTest['known']): string {
  return Object.entries(known)
    .map(([name, fact]) => `${name} ${stringifyJson(fact)}`)
    .join(' ')
}
