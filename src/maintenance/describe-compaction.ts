import { partitionPath } from '../layout/partition-key.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import { specById } from '../metadata/table-metadata.ts'
import type { TableState } from '../table/table-state.ts'
import type { CompactionStrategy } from './arrangement.ts'
import type { CompactionPolicy, FileGroup, LeftAlone, PlannedGroups } from './plan-compaction.ts'

/** What a plan says. */
export interface PlannedCompaction extends PlannedGroups {
  /** The snapshot that was looked at; null in a table without any. */
  readonly snapshotId: bigint | null
  readonly policy: CompactionPolicy
  readonly strategy: CompactionStrategy
  /** Files that are to be rewritten, and what they hold. */
  readonly files: number
  readonly bytes: bigint
  readonly rows: bigint
}

const LEFT_ALONE: Readonly<Record<LeftAlone, string>> = {
  'row-level deletes': 'because they have row-level deletes',
  format: 'because they are in a format that is not read',
}

/** A plan in words: a line for each group, and the files of each below it. */
export function describeCompaction(state: TableState, plan: PlannedCompaction): string {
  const { groups, files, bytes, rows, strategy, leftAlone } = plan
  const stays = [...leftAlone].map(
    ([reason, count]) => `${counted(count, 'file')} left alone ${LEFT_ALONE[reason]}`,
  )
  if (groups.length === 0) return ['nothing to compact', ...stays].join('\n')
  const all = `${counted(files, 'file')} of ${bytes} bytes and ${rows} rows`
  return [
    `compact ${all} in ${counted(groups.length, 'group')}, by ${strategy}`,
    ...groups.flatMap((group) => [
      groupLine(state, plan, group),
      ...group.inputs.map(({ file }) => `    ${file.path}`),
    ]),
    ...stays,
  ].join('\n')
}

function groupLine(
  state: TableState,
  { policy }: PlannedCompaction,
  { partition, inputs, bytes, outputFiles }: FileGroup,
): string {
  const { metadata } = state
  const spec = specById(metadata, policy.outputSpecId)
  const place =
    partition === null
      ? 'files of other partition specs'
      : partitionPath(spec, partitionTypesOf(metadata, spec), partition) || 'the table'
  const to = partition === null ? 'to one or more a partition' : `to ${outputFiles}`
  return `  ${place}: ${counted(inputs.length, 'file')} of ${bytes} bytes ${to}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
