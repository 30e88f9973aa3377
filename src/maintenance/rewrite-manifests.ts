// Groups the files of a table by partition in its manifests (spec: Manifests): rows, files and deletes stay as they are, and
// each file keeps the snapshot, the sequence numbers and the row ids that it has.
import { counted } from '../base/counted.ts'
import { IcebergError } from '../base/errors.ts'
import { STOP_NAMES, checkOptions, optionsAmong } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import type { LiveTable, TableState } from '../table/table-state.ts'
import { TransactionBuilder } from '../write/transaction.ts'
import { createWriteContext } from '../write/write-context.ts'
import { fieldNamed } from './plan-manifests.ts'
import { planRewrite, rewritten } from './plan-manifest-rewrite.ts'
import type { ManifestChoice, PlannedRewrite } from './plan-manifest-rewrite.ts'
import { manifestRewrite } from './rewrite-manifests-write.ts'
import type { RewriteManifestsProgress, RewriteOutcome } from './rewrite-manifests-write.ts'

/** Which manifests are rewritten, and how. */
export interface RewriteManifestsOptions extends ManifestChoice {
  /** The partition spec whose manifests are rewritten; the current one when absent. */
  readonly specId?: number
}

/** How a plan is run. */
export interface RewriteManifestsRun {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: RewriteManifestsProgress) => void
}

const RUN_NAMES: OptionNames<RewriteManifestsRun> = { signal: 'signal', onProgress: 'function' }

const NAMES: OptionNames<RewriteManifestsOptions & RewriteManifestsRun> = {
  specId: true,
  sortBy: 'list',
  where: 'function',
  targetSizeBytes: true,
  ...RUN_NAMES,
}

/**
 * The spec whose manifests are meant.
 *
 * @throws IcebergError `invalid` for options that there are not, and when the table has no such spec, or the spec no such field
 */
export function checkedSpec(
  state: TableState,
  options: RewriteManifestsOptions & RewriteManifestsRun,
): PartitionSpec {
  checkOptions('rewriteManifests', options, NAMES)
  const { specId, sortBy = [], targetSizeBytes, where } = options
  checkTarget(targetSizeBytes)
  checkKind('sortBy', Array.isArray(sortBy), 'names of partition fields')
  checkKind('where', where === undefined || typeof where === 'function', 'a function of a manifest')
  const spec = wantedSpec(state, specId)
  for (const name of sortBy) fieldNamed(spec, name)
  return spec
}

function checkKind(option: string, isRight: boolean, wanted: string): void {
  if (isRight) return
  throw new IcebergError('invalid', `the option is ${wanted}`, { context: { option } })
}

/** Manifests that are to be replaced. */
export interface RewriteManifestsPlan {
  /** The snapshot that was looked at; null in a table without any. */
  readonly snapshotId: bigint | null
  readonly specId: number
  /** Manifests that are replaced, by groups that are written together. */
  readonly groups: readonly (readonly ManifestFile[])[]
  /** Live files that they list. */
  readonly entries: number
  /** Manifests of the snapshot that stay as they are. */
  readonly keptManifests: number
  /** The plan in words. */
  describe(): string
  /**
   * Does it, in one commit with operation `replace`. Manifests that other commits add meanwhile stay as they are; where
   * another one replaced what was planned, it is planned anew.
   *
   * @throws IcebergError `conflict` when other writers win every attempt
   * @throws IcebergError `commit-unknown` when storage could not say what became of the commit
   */
  run(options?: RewriteManifestsRun): Promise<RewriteManifestsReport>
}

/** What a rewrite did. */
export interface RewriteManifestsReport extends RewriteOutcome {
  /** Null when there was nothing to do. */
  readonly snapshotId: bigint | null
  readonly attempts: number
}

/**
 * Finds the manifests that are too small, or that share partitions with others. Nothing is written.
 *
 * @throws IcebergError `invalid` when the table has no such spec, or the spec no such field
 * @throws IcebergError `unsupported` when the partition values of the spec are of unknown type
 */
export async function planRewriteManifests(
  table: LiveTable,
  options: RewriteManifestsOptions = {},
): Promise<RewriteManifestsPlan> {
  const spec = checkedSpec(table.state, options)
  const planned = await planRewrite(table.state, spec, options)
  const groups = rewritten(planned).map(({ manifests }) =>
    manifests.map(({ manifest }) => manifest),
  )
  const replaced = rewritten(planned).flatMap(({ manifests }) => manifests)
  const plan = {
    snapshotId: table.state.metadata.currentSnapshotId,
    specId: spec.specId,
    groups,
    entries: replaced.reduce((sum, { files }) => sum + files, 0),
    keptManifests: planned.listed.length - replaced.length,
  }
  return {
    ...plan,
    describe: () => describePlan(plan),
    run: async (how = {}) => {
      checkOptions('run', how, RUN_NAMES)
      return runRewrite(table, planned, { ...options, specId: spec.specId }, how)
    },
  }
}

/** {@link planRewriteManifests}, and at once what it plans. */
export async function rewriteManifests(
  table: LiveTable,
  options: RewriteManifestsOptions & RewriteManifestsRun = {},
): Promise<RewriteManifestsReport> {
  checkOptions('rewriteManifests', options, NAMES)
  const run = optionsAmong<RewriteManifestsRun>(options, RUN_NAMES)
  await table.refresh(optionsAmong(run, STOP_NAMES))
  const plan = await planRewriteManifests(table, options)
  return plan.run(run)
}

function checkTarget(targetSizeBytes: number | undefined): void {
  const isSize = Number.isSafeInteger(targetSizeBytes) && Number(targetSizeBytes) > 0
  if (targetSizeBytes === undefined || isSize) return
  throw new IcebergError('invalid', 'a target size is a whole number of bytes, at least one', {
    context: { targetSizeBytes },
  })
}

function wantedSpec({ metadata, name }: TableState, specId?: number): PartitionSpec {
  const wanted = specId ?? metadata.defaultSpecId
  const spec = metadata.specs.find((one) => one.specId === wanted)
  if (spec !== undefined) return spec
  throw new IcebergError('invalid', 'table has no partition spec of that id', {
    context: { table: name, specId: wanted },
  })
}

function describePlan(plan: Omit<RewriteManifestsPlan, 'describe' | 'run'>): string {
  const { groups, entries, specId, keptManifests } = plan
  const count = groups.flat().length
  if (count === 0) {
    return `nothing to rewrite: the manifests of partition spec ${specId} are grouped by partition`
  }
  const lines = groups.map((group) => `  ${group.map(({ path }) => path).join('\n  ')}`)
  return [
    `rewrite ${counted(count, 'manifest')} of partition spec ${specId} with ${counted(entries, 'file')}, and keep ${keptManifests}`,
    ...lines,
  ].join('\n')
}

async function runRewrite(
  table: LiveTable,
  planned: PlannedRewrite,
  options: RewriteManifestsOptions,
  { signal, onProgress }: RewriteManifestsRun,
): Promise<RewriteManifestsReport> {
  const nothing = { removedManifests: [], addedManifests: [], entries: 0 }
  const kept = planned.listed.length
  if (rewritten(planned).length === 0) {
    return { snapshotId: null, attempts: 0, keptManifests: kept, ...nothing }
  }
  const context = createWriteContext(table.state, { signal })
  const builder = new TransactionBuilder(table, context)
  const rewrite = manifestRewrite(context, planned, { ...options, onProgress })
  await builder.collect(() => builder.changeFiles(rewrite))
  const { snapshotId, attempts } = await builder.commit()
  const done = snapshotId === null ? { ...nothing, keptManifests: kept } : rewrite.outcome()
  return { snapshotId, attempts, ...done }
}
