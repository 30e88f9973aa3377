/** Tables of any shape, and rows to put into them. */
import fc from 'fast-check'

import { buildSortOrder, buildSpec } from '../../../src/layout/build-layout.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import type { PartitionTerm, SortTerm } from '../../../src/layout/layout-text.ts'
import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import type { SortOrder } from '../../../src/layout/sort-order.ts'
import { canTransform, preservesOrder } from '../../../src/layout/transform.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import type { FormatVersion } from '../../../src/metadata/table-metadata.ts'
import { newSchemaProblems } from '../../../src/types/schema-check.ts'
import type { FieldEntry, Schema } from '../../../src/types/schema.ts'
import { anyNarrowSchema, anyRowsOf } from '../arbitraries/predicates.ts'
import { anySchema } from '../arbitraries/schemas.ts'
import { KNOWN_TRANSFORMS, flatColumns } from '../arbitraries/specs.ts'
import { partitionOf } from '../partitions.ts'

export interface TableLayout {
  readonly formatVersion: FormatVersion
  readonly schema: Schema
  readonly partitionBy: readonly PartitionTerm[]
  readonly sortBy: readonly SortTerm[]
  readonly properties: Readonly<Record<string, string>>
  /** What the table's spec and order will be. */
  readonly spec: PartitionSpec
  readonly sortOrder: SortOrder
  /** Rows that have a partition. They often agree with each other. */
  readonly pool: readonly RowValues[]
}

/** Layouts of any schema, partitioned and sorted by any of its columns. */
export const anyTableLayout: fc.Arbitrary<TableLayout> = anyTableLayoutOf(2)

/** As {@link anyTableLayout}, of tables of that format version. */
export function anyTableLayoutOf(formatVersion: FormatVersion): fc.Arbitrary<TableLayout> {
  return fc
    .oneof(anySchema({ maxFields: 4, formatVersion }), anyNarrowSchema)
    .filter((schema) => newSchemaProblems(schema).length === 0)
    .chain((schema) =>
      fc.record({
        formatVersion: fc.constant(formatVersion),
        schema: fc.constant(schema),
        partitionBy: anyPartitionTerms(schema),
        sortBy: anySortTerms(schema),
        properties: anyProperties,
        rows: anyRowsOf(schema, { minLength: 4, maxLength: 12 }),
      }),
    )
    .map(({ rows, ...layout }) => {
      const { schema } = layout
      const spec = buildSpec(schema, layout.partitionBy, { specId: 0, lastPartitionId: 999 })
      const tupleOf = partitionOf(schema, spec)
      return {
        ...layout,
        spec,
        sortOrder: buildSortOrder(schema, layout.sortBy, 1),
        pool: rows.filter((row) => tupleOf(row) !== null),
      }
    })
    .filter(({ pool }) => pool.length > 0)
}

/** At most one field a column, so that none is redundant. */
function anyPartitionTerms(schema: Schema): fc.Arbitrary<readonly PartitionTerm[]> {
  return anyColumnsOf(partitionColumns(schema))
    .chain((columns) => fc.tuple(...columns.map((column) => anyTransformOf(column))))
    .map((terms) => terms.map((term, index) => ({ ...term, name: `p${index}` })))
}

export function anySortTerms(schema: Schema): fc.Arbitrary<readonly SortTerm[]> {
  return anyColumnsOf(flatColumns(schema)).chain((columns) =>
    fc.tuple(...columns.map((column) => anySortTermOf(column))),
  )
}

/** Columns that can be partitioned by. */
export function partitionColumns(schema: Schema): readonly FieldEntry[] {
  return flatColumns(schema).filter(({ field }) => field.type.kind !== 'unknown')
}

function anyColumnsOf(columns: readonly FieldEntry[]): fc.Arbitrary<FieldEntry[]> {
  return fc.subarray([...columns], { maxLength: Math.min(2, columns.length) })
}

function anySortTermOf(column: FieldEntry): fc.Arbitrary<SortTerm> {
  return fc
    .record({
      term: anyTransformOf(column).filter(({ transform }) => preservesOrder(transform)),
      direction: fc.constantFrom('asc', 'desc'),
      nullOrder: fc.constantFrom('nulls-first', 'nulls-last'),
    })
    .map(({ term, ...order }) => ({ ...term, ...order }))
}

/** The column under any of the transforms that take its type. */
export function anyTransformOf({
  field,
  path,
}: FieldEntry): fc.Arbitrary<{ column: readonly string[]; transform: Transform }> {
  const fits = KNOWN_TRANSFORMS.filter((transform) => canTransform(transform, field.type))
  return fc.record({ column: fc.constant(path), transform: fc.constantFrom(...fits) })
}

/** Settings that change how rows and metadata are put into files, and nothing else. */
export const anyProperties: fc.Arbitrary<Readonly<Record<string, string>>> = fc.oneof(
  fc.constant({}),
  fc.record(
    {
      'write.target-file-size-bytes': fc.constant('1'),
      'write.parquet.row-group-size-bytes': fc.constant('1'),
      'write.parquet.compression-codec': fc.constantFrom('uncompressed', 'snappy', 'gzip'),
      'write.metadata.compression-codec': fc.constant('gzip'),
      'write.metadata.previous-versions-max': fc.constant('1'),
      'write.metadata.delete-after-commit.enabled': fc.constant('true'),
      'commit.manifest-merge.enabled': fc.constant('false'),
      'commit.manifest.min-count-to-merge': fc.constantFrom('1', '2', '3'),
      'commit.manifest.target-size-bytes': fc.constantFrom('1', '12000'),
      'write.metadata.metrics.default': fc.constantFrom('none', 'counts', 'truncate(1)', 'full'),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
)
