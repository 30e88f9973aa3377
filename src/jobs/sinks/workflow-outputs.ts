// The outputs of a workflow file, as windows are written to them.
import { unreachable } from '../../base/assert.ts'
import { predicateOf } from '../../expressions/build.ts'
import type { PartitionTerm } from '../../layout/layout-text.ts'
import { isPrimitive } from '../../types/type.ts'
import { findField } from '../../types/schema.ts'
import { formatDatasetAddress } from '../address.ts'
import type { DatasetAddress } from '../address.ts'
import { placed } from '../error-place.ts'
import type { JobTable, Lake } from '../lake.ts'
import type { OutputReport } from '../report.ts'
import type { ShownRows } from './sink.ts'
import { checkOutput, writeOutput } from './write-output.ts'
import type { OutputResult } from './write-output.ts'
import { findOutput, foreseeTableOutput } from './table-output.ts'
import { partitionTerms } from './table-layout.ts'
import type {
  ConsoleOutput,
  FileOutput,
  FlareJob,
  Output,
  Step,
  StreamTime,
  TableOutput,
  WriteMode,
} from '../workflow/model.ts'
import type { JobOutput, OtherTarget, TableTarget, WriteEffect } from './target.ts'

export interface OutputContext {
  readonly lake: Lake
  readonly jobId: string
  /** Told of the rows that outputs to the console show. Absent: nobody looks. */
  readonly show?: (shown: ShownRows) => Promise<void> | void
}

/** Tables come last: their commits say that the window is done. */
export async function workflowOutputs(
  outputs: readonly Output[],
  context: OutputContext,
): Promise<readonly JobOutput[]> {
  const targets: TableTarget[] = []
  const others: OtherTarget[] = []
  for (const output of outputs) {
    if (output.kind === 'table') targets.push(await tableTarget(output, context))
    else others.push(otherTarget(output, context))
  }
  return [...others, ...targets]
}

async function tableTarget(output: TableOutput, context: OutputContext): Promise<TableTarget> {
  const { lake, jobId } = context
  const place = { output: output.name, ...output.place }
  const { warehouse, name: target } = await placed(place, () => lake.locate(output.dataset))
  let found: JobTable | null = null
  return {
    kind: 'table',
    view: output.name,
    target,
    identity: identityOf(output.dataset),
    folder: warehouse.defaultLocation(target),
    effect: EFFECTS[output.mode],
    async find() {
      found = await placed(place, () => findOutput(lake, output, found))
      return found
    },
    partitions: (table) => declaredPartitions(output, table),
    check: (schema) => placed(place, () => checkOutput(output, schema, { lake, jobId })),
    foresee: (rows, table) =>
      placed(place, () => foreseeTableOutput(output, rows, { table, jobId })),
    async write(rows, { table, replaceWhere, describe, signal }) {
      const how = {
        lake,
        jobId,
        table,
        describe,
        ...(replaceWhere === null ? {} : { replaceWhere: predicateOf(replaceWhere) }),
        ...(signal === undefined ? {} : { signal }),
      }
      const result = await placed(place, () => writeOutput(output, rows, how))
      return result.kind === 'table' ? result : { commit: null, warnings: [] }
    },
  }
}

const EFFECTS: Readonly<Record<WriteMode, WriteEffect>> = {
  append: 'append',
  overwrite: 'replace-all',
  'overwrite-partitions': 'replace-partitions',
  'error-if-exists': 'only-new',
  ignore: 'only-new',
}

/** What the file declares comes true with the next write; where it declares nothing, the table has it. */
function declaredPartitions(
  { partitionSpec }: TableOutput,
  table: JobTable | null,
): readonly PartitionTerm[] {
  if (partitionSpec !== null) return partitionTerms(partitionSpec)
  return table === null ? [] : partitionsOf(table)
}

/** The partitions of a table by its columns. */
export function partitionsOf({ schema, spec }: JobTable): readonly PartitionTerm[] {
  return spec.fields.flatMap(({ sourceId, transform, name }) => {
    const source = findField(schema, sourceId)
    const isCut =
      source !== undefined && isPrimitive(source.field.type) && transform.kind !== 'void'
    return isCut ? [{ column: source.path, transform, name }] : []
  })
}

function otherTarget(output: FileOutput | ConsoleOutput, context: OutputContext): OtherTarget {
  const { lake, jobId, show } = context
  const place = { output: output.name, ...output.place }
  return {
    kind: 'other',
    view: output.name,
    identity: output.kind === 'files' ? identityOf(output.dataset) : null,
    folder: output.kind === 'files' ? (lake.locateFiles(output.dataset)?.location ?? null) : null,
    planned:
      output.kind === 'files'
        ? { kind: 'files', name: output.name, target: identityOf(output.dataset), file: null }
        : { kind: 'console', name: output.name, rows: 0 },
    check: (schema) => placed(place, () => checkOutput(output, schema, { lake, jobId })),
    async write(rows, { exportName, signal }) {
      const how = {
        lake,
        jobId,
        ...(exportName === null ? {} : { exportName: `${jobId}-${exportName}` }),
        ...(show === undefined ? {} : { show }),
        ...(signal === undefined ? {} : { signal }),
      }
      const result = await placed(place, () => writeOutput(output, rows, how))
      return reportOf(output.name, result)
    },
  }
}

function reportOf(name: string, result: OutputResult): OutputReport {
  switch (result.kind) {
    case 'table':
      return { kind: 'table', name, target: result.target, commit: result.commit, plan: null }
    case 'files':
      return { kind: 'files', name, target: result.target, file: result.file }
    case 'console':
      return { kind: 'console', name, rows: result.rows }
    default:
      return unreachable(result)
  }
}

/** The first rows of each step, for a job that is to show them. */
export function previewsOf({ steps, stream, previewRows }: FlareJob): readonly ConsoleOutput[] {
  if (previewRows === 0) return []
  return [...steps, ...windowsOf(stream?.time ?? null)].map(({ name, place }) => ({
    kind: 'console',
    name,
    title: null,
    description: null,
    tags: [],
    place,
    rows: previewRows,
  }))
}

function windowsOf(time: StreamTime | null): readonly Pick<Step, 'name' | 'place'>[] {
  if (time === null || time.eventTime.aggregate === null) return []
  return [{ name: time.result, place: time.place }]
}

/** The address without what only steers access. */
function identityOf(address: DatasetAddress): string {
  return formatDatasetAddress({ ...address, acl: 'r', params: new Map() })
}
