import type { Fields } from '../yaml/fields.ts'
import { readFormat, readWritableDataset } from './dataset.ts'
import type { TableOutput, WriteMode } from './model.ts'
import { readPartitionSpec } from './partition-items.ts'
import { readProperties } from './properties.ts'
import type { OverwriteMode } from './properties.ts'
import { readSort } from './sort.ts'
import { ICEBERG, OUTPUT_OPTIONS, SORT } from './vocabulary.ts'

/** One of a job's `outputs`. */
export function readOutput(output: Fields): TableOutput {
  readFormat(output)
  const options = output.map('options', OUTPUT_OPTIONS)
  const iceberg = options?.map('iceberg', ICEBERG) ?? null
  const { properties, overwriteMode } = readProperties(iceberg)
  const partitionSpec = iceberg === null ? null : readPartitionSpec(iceberg)
  const mode = readMode(output, options, overwriteMode)
  if (mode === 'overwrite-partitions' && (partitionSpec ?? []).length === 0) {
    output.faults.warn(output.place, 'without a partitionSpec a new table is replaced whole')
  }
  if (options !== null) refuseStrays(options)
  return {
    kind: 'table',
    name: output.text('name'),
    dataset: readWritableDataset(output),
    mode,
    replacesAcrossSpecs: false,
    mergesSchema: false,
    persistsSort: false,
    compression: null,
    columnTags: [],
    sort: readSort(options?.map('sort', SORT) ?? null),
    properties,
    partitionSpec,
    title: output.scalarText('title'),
    description: output.scalarText('description'),
    tags: output.texts('tags').map((tag) => tag.text),
    place: output.placeOf('name'),
  }
}

/**
 * Two keys make one mode. The documents disagree on what an absent `saveMode` means; of their two readings we take the
 * one that destroys nothing.
 */
function readMode(
  output: Fields,
  options: Fields | null,
  overwriteMode: OverwriteMode | null,
): WriteMode {
  if (options === null || !options.has('saveMode')) {
    output.faults.warnUnlessStrict(output.place, 'saveMode is missing: rows are appended')
    return 'append'
  }
  const saveMode = options.word('saveMode', ['append', 'overwrite'], ['errorIfExists', 'ignore'])
  const place = options.placeOf('saveMode')
  if (saveMode === 'overwrite' && overwriteMode !== 'dynamic') {
    options.faults.unsupported(place, 'saveMode overwrite without overwrite-mode dynamic')
  }
  if (saveMode === 'append' && overwriteMode === 'dynamic') {
    options.faults.warn(place, 'overwrite-mode has no effect on saveMode append')
  }
  return saveMode === 'overwrite' ? 'overwrite-partitions' : 'append'
}

function refuseStrays(options: Fields): void {
  if (options.has('partitionSpec')) {
    options.invalid('partitionSpec', 'partitionSpec belongs under iceberg')
  }
  options.entries('extraOptions', ({ name, place }) => {
    options.faults.unsupported(place, `the write option ${name}`)
    return null
  })
}
