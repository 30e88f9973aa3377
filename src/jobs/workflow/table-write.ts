import type { Fields } from '../yaml/fields.ts'
import { readCompression } from './compression.ts'
import type { TableOutput } from './model.ts'
import type { OutputOptions } from './output-options.ts'
import { readPartitionSpec } from './partition-items.ts'
import { readProperties } from './properties.ts'
import { readSaveMode, withOverwriteMode } from './save-mode.ts'
import { readSort } from './sort.ts'
import { ICEBERG, SETTLED_WRITE_OPTIONS } from './vocabulary.ts'

/** How rows are written to a table. */
export type TableWrite = Pick<
  TableOutput,
  | 'mode'
  | 'replacesAcrossSpecs'
  | 'mergesSchema'
  | 'sort'
  | 'persistsSort'
  | 'properties'
  | 'partitionSpec'
  | 'compression'
>

export function readTableWrite(output: Fields, { options, extra }: OutputOptions): TableWrite {
  const iceberg = options?.map('iceberg', ICEBERG) ?? null
  const { properties, overwriteMode } = readProperties(iceberg)
  const partitionSpec = iceberg === null ? null : readPartitionSpec(iceberg)
  const extraMode = extra?.word('overwrite-mode', ['dynamic', 'static']) ?? null
  const saveMode = readSaveMode(output, options)
  const mode = withOverwriteMode(options, saveMode, overwriteMode ?? extraMode)
  if (mode === 'overwrite-partitions' && (partitionSpec ?? []).length === 0) {
    output.faults.warn(output.place, 'without a partitionSpec a new table is replaced whole')
  }
  if (options?.has('partitionSpec') === true) {
    options.invalid('partitionSpec', 'partitionSpec belongs under iceberg')
  }
  if (extra !== null) checkSettled(extra)
  const { sort, persists } = readSort(options) ?? { sort: null, persists: false }
  return {
    mode,
    replacesAcrossSpecs: readAcrossSpecs(options, mode),
    mergesSchema:
      options?.flagOrText('mergeSchema') ??
      extra?.flagOrText('mergeSchema') ??
      extra?.flagOrText('merge-schema') ??
      false,
    sort,
    persistsSort: persists,
    properties,
    partitionSpec,
    compression: readCompression([options, 'compressionType'], [extra, 'compression-codec']),
  }
}

function readAcrossSpecs(options: Fields | null, mode: TableOutput['mode']): boolean {
  const flag = options?.flag('replaceAcrossSpecs') ?? false
  if (flag && mode !== 'overwrite-partitions') {
    options?.faults.warn(
      options.placeOf('replaceAcrossSpecs'),
      'replaceAcrossSpecs has an effect on overwrite-mode dynamic alone',
    )
  }
  return flag
}

/** Options of Spark's that ask for what is done anyway, whatever they say or with one value. */
function checkSettled(extra: Fields): void {
  extra.flagOrText('fanout-enabled')
  for (const [key, settled] of SETTLED_WRITE_OPTIONS) {
    const text = extra.scalarText(key)?.toLowerCase() ?? settled
    if (text === settled) continue
    extra.faults.unsupported(extra.placeOf(key), `${key} other than ${settled}`)
  }
}
