// The run of a compaction: its groups are written, some at once, and committed, bunch by bunch; those that other commits overtake
// are planned anew.
import { mapConcurrent } from '../base/concurrency.ts'
import { IcebergError, isKind } from '../base/errors.ts'
import type { Expression } from '../expressions/predicate.ts'
import type { TableState } from '../table/table-state.ts'
import { rewriteFiles } from '../write/rewrite-files.ts'
import type { RewrittenGroup } from '../write/rewrite-files.ts'
import { DEFAULT_SORT_BYTES } from '../write/sort-on-write.ts'
import { TransactionBuilder } from '../write/transaction.ts'
import { createWriteContext } from '../write/write-context.ts'
import { arrangementOf } from './arrangement.ts'
import { removeOutputs, rewriteGroup } from './compact-group.ts'
import type { GroupRewriteOptions } from './compact-group.ts'
import { readCandidates } from './compaction-candidates.ts'
import type {
  CompactedTable,
  CompactionOptions,
  CompactionReport,
  CompactionRun,
  GroupFailure,
} from './compaction-options.ts'
import { isMisfit, planGroups } from './plan-compaction.ts'
import type { CompactionPolicy, FileGroup } from './plan-compaction.ts'

/** Times that a group is written before it is given up, when other commits overtake it each time. */
const MAX_ROUNDS = 3

const DEFAULT_MAX_COMMITS = 10
const DEFAULT_CONCURRENT_GROUPS = 2

/** What stays the same whatever version of the table is compacted. */
export interface CompactionRequest {
  readonly options: CompactionOptions
  readonly policy: CompactionPolicy
  readonly where: Expression
}

/** One run of a compaction, with what it has done. */
export class Compaction {
  readonly #table: CompactedTable
  readonly #request: CompactionRequest
  readonly #run: CompactionRun
  readonly #snapshotIds: bigint[] = []
  readonly #done: RewrittenGroup[] = []
  readonly #failures: GroupFailure[] = []
  #leftGroups = 0
  #writtenGroups = 0
  #writtenRows = 0n
  #totalGroups = 0

  constructor(table: CompactedTable, request: CompactionRequest, run: CompactionRun) {
    this.#table = table
    this.#request = request
    this.#run = run
  }

  async run(state: TableState, planned: readonly FileGroup[]): Promise<CompactionReport> {
    let groups = planned
    let at = state
    for (let round = 1; groups.length > 0; round += 1) {
      this.#totalGroups += groups.length
      const overtaken = await this.#round(at, groups)
      if (overtaken.length === 0 || round === MAX_ROUNDS) {
        groups = overtaken
        break
      }
      at = await this.#table.refresh(this.#requestOptions())
      groups = await this.#plannedAnew(at, overtaken)
    }
    if (this.#done.length === 0) {
      const [failure] = this.#failures
      if (failure !== undefined) throw failure.error
      if (groups.length > 0) throw this.#overtakenError(groups)
    }
    return this.#report(groups.length)
  }

  /** Writes groups and commits them. @returns those that other commits have overtaken */
  async #round(state: TableState, groups: readonly FileGroup[]): Promise<readonly FileGroup[]> {
    const bunches = cut(groups, Math.ceil(groups.length / this.#maxCommits()))
    const overtaken: FileGroup[] = []
    for (const bunch of bunches) overtaken.push(...(await this.#bunch(state, bunch)))
    return overtaken
  }

  async #bunch(state: TableState, groups: readonly FileGroup[]): Promise<readonly FileGroup[]> {
    const rewritten = new Map<RewrittenGroup, FileGroup>()
    const { maxConcurrentGroups = DEFAULT_CONCURRENT_GROUPS } = this.#request.options
    try {
      const written = mapConcurrent(
        groups,
        maxConcurrentGroups,
        async (group, signal) => {
          if (!this.#mayBegin(group)) return null
          const made = await this.#rewritten(state, group, signal)
          if (made !== null) rewritten.set(made, group)
          return made
        },
        this.#run.signal,
      )
      for await (const made of written) if (made !== null) this.#tellProgress(made)
    } catch (error) {
      await removeOutputs(state, outputsOf(rewritten.keys()))
      throw error
    }
    if (rewritten.size === 0) return []
    const overtaken = await this.#commit(state, [...rewritten.keys()])
    return overtaken.flatMap((made) => rewritten.get(made) ?? [])
  }

  /** Null for a group that cannot be rewritten, where that is no reason to end. */
  async #rewritten(
    state: TableState,
    group: FileGroup,
    signal: AbortSignal,
  ): Promise<RewrittenGroup | null> {
    const { partialProgress = false } = this.#request.options
    try {
      return await rewriteGroup(state, group, this.#how(state, signal))
    } catch (error) {
      const ends = partialProgress === false || signal.aborted || !(error instanceof IcebergError)
      if (ends) throw error
      this.#failures.push({ files: group.inputs.map(({ file }) => file.path), error })
      return null
    }
  }

  #mayBegin(group: FileGroup): boolean {
    const mayBegin = this.#run.mayBegin?.(group) ?? true
    if (!mayBegin) this.#leftGroups += 1
    return mayBegin
  }

  /** @returns the groups that other commits have overtaken, whose outputs are gone */
  async #commit(
    state: TableState,
    groups: readonly RewrittenGroup[],
  ): Promise<readonly RewrittenGroup[]> {
    const { signal } = this.#run
    const context = createWriteContext(this.#table.state, { signal })
    const builder = new TransactionBuilder(this.#table, context)
    const { write, overtaken } = rewriteFiles(context, groups)
    await builder.collect(() => builder.changeFiles(write))
    try {
      const { snapshotId } = await builder.commit()
      if (snapshotId !== null) this.#snapshotIds.push(snapshotId)
    } catch (error) {
      // All else may have left a commit behind that has them.
      if (isKind(error, 'conflict')) await removeOutputs(state, outputsOf(groups))
      throw error
    }
    const left = groups.filter((group) => overtaken().has(group))
    this.#done.push(...groups.filter((group) => !overtaken().has(group)))
    await removeOutputs(state, outputsOf(left))
    return left
  }

  /** Groups of the files that now are where those of overtaken groups were. */
  async #plannedAnew(
    state: TableState,
    overtaken: readonly FileGroup[],
  ): Promise<readonly FileGroup[]> {
    const { where, policy } = this.#request
    const partitions = new Set(overtaken.map(({ partitionKey }) => partitionKey))
    const done = new Set(outputsOf(this.#done))
    const candidates = await readCandidates(state, {
      where,
      isWanted: (entry) => isMisfit(entry, policy) && !done.has(entry.file.path),
      ...this.#requestOptions(),
    })
    const { groups } = planGroups(candidates, policy)
    return groups.filter(({ partitionKey }) => partitions.has(partitionKey))
  }

  #how(state: TableState, signal: AbortSignal): GroupRewriteOptions {
    const { options, policy } = this.#request
    const { sortBytes = DEFAULT_SORT_BYTES, tempFolder, compression } = options
    return {
      policy,
      arrangement: arrangementOf(state.metadata, options),
      compression,
      sortBytes,
      folder: { parent: tempFolder },
      engine: this.#table.engine,
      signal,
    }
  }

  #maxCommits(): number {
    const { partialProgress = false } = this.#request.options
    if (typeof partialProgress === 'object') return Math.max(1, partialProgress.maxCommits)
    return partialProgress ? DEFAULT_MAX_COMMITS : 1
  }

  #requestOptions(): { readonly signal?: AbortSignal } {
    const { signal } = this.#run
    return signal === undefined ? {} : { signal }
  }

  #tellProgress({ outputs }: RewrittenGroup): void {
    this.#writtenGroups += 1
    this.#writtenRows += outputs.reduce((sum, { recordCount }) => sum + recordCount, 0n)
    this.#run.onProgress?.({
      groups: this.#writtenGroups,
      totalGroups: this.#totalGroups,
      rows: this.#writtenRows,
    })
  }

  #overtakenError(groups: readonly FileGroup[]): IcebergError {
    const [first] = groups[0]?.inputs ?? []
    return new IcebergError(
      'conflict',
      'other commits changed the files as often as they were rewritten',
      {
        context: {
          table: this.#table.state.name,
          groups: groups.length,
          file: first?.file.path ?? '',
        },
      },
    )
  }

  #report(overtakenGroups: number): CompactionReport {
    const inputs = this.#done.flatMap((group) => group.inputs.map(({ file }) => file))
    const outputs = this.#done.flatMap((group) => group.outputs)
    return {
      snapshotIds: this.#snapshotIds,
      removedFiles: inputs.map(({ path }) => path),
      addedFiles: outputs.map(({ path }) => path),
      removedBytes: inputs.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0n),
      addedBytes: outputs.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0n),
      rows: outputs.reduce((sum, { recordCount }) => sum + recordCount, 0n),
      groups: this.#done.length,
      overtakenGroups,
      leftGroups: this.#leftGroups,
      failures: this.#failures,
    }
  }
}

function outputsOf(groups: Iterable<RewrittenGroup>): readonly string[] {
  return [...groups].flatMap(({ outputs }) => outputs.map(({ path }) => path))
}

function cut<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
