import { IcebergError } from '../base/errors.ts'
import { checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import { buildSortOrder, buildSpec } from '../layout/build-layout.ts'
import { parsePartitionFields, parseSortFields } from '../layout/layout-text.ts'
import type { PartitionTerm, SortTerm } from '../layout/layout-text.ts'
import { PARTITION_FIELD_ID_START } from '../layout/partition-spec.ts'
import { checkWritable } from '../metadata/property-rules.ts'
import {
  DEFAULT_FORMAT_VERSION,
  formatVersionOf,
  newTableMetadata,
} from '../metadata/table-metadata.ts'
import type { FormatVersion, TableMetadata } from '../metadata/table-metadata.ts'
import { checkNewSchema } from '../types/schema-check.ts'
import type { Schema } from '../types/schema.ts'
import type { ColumnsOf, PartitionText, SortText } from './layout-texts.ts'

/** What a table is made from. */
export interface NewTableOptions<S extends Schema> {
  readonly schema: S
  /** 1, 2 or 3; 2 when absent. A later one can be had by an upgrade, a former one never. */
  readonly formatVersion?: FormatVersion
  /** Such as `day(ts)`, `city`, `day(ts) as day`, or as an object; no partitions when absent. */
  readonly partitionBy?: readonly (PartitionText<ColumnsOf<S>> | PartitionTerm)[]
  /** Such as `ts desc nulls last`, or as an object; no order when absent. */
  readonly sortBy?: readonly (SortText<ColumnsOf<S>> | SortTerm)[]
  readonly properties?: Readonly<Record<string, string>>
}

const NAMES: OptionNames<NewTableOptions<Schema>> = {
  schema: true,
  formatVersion: true,
  partitionBy: 'list',
  sortBy: 'list',
  properties: true,
}

/** The order of a table that is created with one. */
const FIRST_ORDER_ID = 1

/** The first metadata of a table that the options ask for. */
export function describeNewTable<S extends Schema>(
  options: NewTableOptions<S>,
  place: { readonly location: string; readonly uuid: string; readonly nowMs: number },
): TableMetadata {
  checkOptions('createTable', options, NAMES)
  const { schema } = options
  const formatVersion = checkedVersion(options.formatVersion)
  checkNewSchema(schema)
  const partitions = (options.partitionBy ?? []).flatMap((field) =>
    typeof field === 'string' ? parsePartitionFields(field) : [field],
  )
  const sorts = (options.sortBy ?? []).flatMap((field) =>
    typeof field === 'string' ? parseSortFields(field) : [field],
  )
  const properties = new Map(Object.entries(options.properties ?? {}))
  checkWritable(properties)
  return newTableMetadata({
    ...place,
    formatVersion,
    schema,
    spec: buildSpec(schema, partitions, { specId: 0, lastPartitionId: PARTITION_FIELD_ID_START }),
    sortOrder: buildSortOrder(schema, sorts, FIRST_ORDER_ID),
    properties,
  })
}

function checkedVersion(wanted: FormatVersion = DEFAULT_FORMAT_VERSION): FormatVersion {
  const formatVersion = formatVersionOf(wanted)
  if (formatVersion !== undefined) return formatVersion
  throw new IcebergError('invalid', 'format version of a table is 1, 2 or 3', {
    context: { formatVersion: String(wanted) },
  })
}
