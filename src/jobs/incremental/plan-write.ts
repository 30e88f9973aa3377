// What writing a window to a table would do to it, worked out from its rows without writing any.
import { predicateOf } from '../../expressions/build.ts'
import { describePredicate } from '../../expressions/describe.ts'
import type { Expression } from '../../expressions/predicate.ts'
import { createPartitionFinder } from '../../formats/arrow/split.ts'
import { buildSpec } from '../../layout/build-layout.ts'
import type { PartitionTerm } from '../../layout/layout-text.ts'
import { partitionKey, partitionPath } from '../../layout/partition-key.ts'
import type { PartitionSpec } from '../../layout/partition-spec.ts'
import type { PartitionTuple } from '../../layout/partition-tuple.ts'
import { resultType } from '../../layout/transform.ts'
import type { FileScanTask } from '../../scan/task.ts'
import { findField } from '../../types/schema.ts'
import { assignFreshIds } from '../../types/schema-walk.ts'
import type { Schema } from '../../types/schema.ts'
import { isPrimitive } from '../../types/type.ts'
import type { PrimitiveType } from '../../types/type.ts'
import type { JobTable } from '../lake.ts'
import type { WritePlan } from '../report.ts'
import type { ViewRows } from '../sinks/sink.ts'
import type { TableTarget } from './windowed-job.ts'

export interface PlannedWrite {
  readonly table: JobTable | null
  readonly rows: ViewRows
  readonly replaceWhere: Expression | null
  readonly signal?: AbortSignal
}

/** Reads the rows to their end. */
export async function planWrite(output: TableTarget, write: PlannedWrite): Promise<WritePlan> {
  const { table, rows, replaceWhere } = write
  const schema = { ...rows.schema, fields: assignFreshIds(rows.schema.fields) }
  const spec = specOver(schema, output.partitions(table))
  const types = typesOf(schema, spec)
  const coming = new Map<string, PartitionTuple>()
  const find = createPartitionFinder(schema, spec)
  let count = 0n
  for await (const batch of rows.batches) {
    write.signal?.throwIfAborted()
    count += BigInt(batch.numRows)
    for (const { key, tuple } of find(batch).partitions) coming.set(key, tuple)
  }
  const going =
    table === null
      ? []
      : await filesThatGo(output, table, { ...write, coming: new Set(coming.keys()) })
  return {
    makesTable: table === null,
    how:
      replaceWhere === null
        ? HOW[output.effect]
        : `replace rows where ${describePredicate(replaceWhere)}`,
    rows: count,
    partitions: [...coming.values()].map((tuple) => partitionPath(spec, types, tuple)).sort(),
    replacedPartitions: table === null ? [] : pathsOf(table, going),
    replacedFiles: going.length,
    replacedRows: going.reduce((sum, { file }) => sum + file.recordCount, 0n),
  }
}

const HOW: Readonly<Record<TableTarget['effect'], string>> = {
  append: 'append',
  'replace-partitions': 'replace partitions',
  'replace-all': 'replace all rows',
  'only-new': 'write if there is no table yet',
}

/** The partitions by the columns of the rows, whatever case the table's have. */
function specOver(schema: Schema, terms: readonly PartitionTerm[]): PartitionSpec {
  const names = new Map(schema.fields.map(({ name }) => [name.toLowerCase(), name]))
  const own = terms.map((term) => {
    const [first = '', ...rest] = term.column
    return { ...term, column: [names.get(first.toLowerCase()) ?? first, ...rest] }
  })
  return buildSpec(schema, own, { specId: 0, lastPartitionId: FIRST_PARTITION_ID - 1 })
}

/** The id that partition fields begin with (spec: Partition Evolution). */
const FIRST_PARTITION_ID = 1000

function typesOf(schema: Schema, spec: PartitionSpec): readonly (PrimitiveType | null)[] {
  return spec.fields.map(({ sourceId, transform }) => {
    const type = findField(schema, sourceId)?.field.type
    return type !== undefined && isPrimitive(type) ? resultType(transform, type) : null
  })
}

/** Files that the commit would remove, or rewrite without the rows that it replaces. */
async function filesThatGo(
  { effect }: TableTarget,
  table: JobTable,
  { replaceWhere, coming, signal }: PlannedWrite & { readonly coming: ReadonlySet<string> },
): Promise<readonly FileScanTask[]> {
  if (replaceWhere === null && (effect === 'append' || effect === 'only-new')) return []
  const scan = table.scan()
  const asked = replaceWhere === null ? scan : scan.where(predicateOf(replaceWhere))
  const { tasks } = await asked.plan(signal === undefined ? {} : { signal })
  if (replaceWhere !== null || effect === 'replace-all') return tasks
  const types = typesOf(table.schema, table.spec)
  return tasks.filter(
    ({ file }) =>
      file.specId === table.spec.specId && coming.has(partitionKey(types, file.partition)),
  )
}

function pathsOf(table: JobTable, tasks: readonly FileScanTask[]): readonly string[] {
  const types = typesOf(table.schema, table.spec)
  const own = tasks.filter(({ file }) => file.specId === table.spec.specId)
  return [
    ...new Set(own.map(({ file }) => partitionPath(table.spec, types, file.partition))),
  ].sort()
}
