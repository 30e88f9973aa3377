// An input of a workflow file as a stream: what it is depends on its depot.
import { IcebergError } from '../../base/errors.ts'
import { formatDatasetAddress } from '../address.ts'
import type { Lake } from '../lake.ts'
import type { Input, StreamReading } from '../workflow/model.ts'
import { files } from './files-stream.ts'
import { kafkaInput } from './kafka/kafka-input.ts'
import type { StreamSource } from './stream-source.ts'
import { appendsOf } from './table-stream.ts'

/**
 * @throws IcebergError `invalid` where the file says of one kind of source what only another has
 * @throws IcebergError `not-found` when there is no such table
 */
export async function streamSource(input: Input, lake: Lake): Promise<StreamSource> {
  const { stream } = input
  if (stream === null) {
    throw new IcebergError('invalid', 'the input is no stream', { context: { input: input.name } })
  }
  const topic = kafkaInput(input, lake)
  if (topic !== null) {
    refuse(input, readsTable(input, stream), 'a topic has no snapshots')
    return topic
  }
  refuse(input, input.log !== null, 'only a topic is read as messages are')
  const place = lake.locateFiles(input.dataset)
  if (place !== null) {
    refuse(input, input.format === 'iceberg', 'the depot has files, and no tables')
    refuse(input, readsTable(input, stream), 'files have no snapshots')
    return filesSource(input, stream, place)
  }
  refuse(input, input.files !== null, 'a table is not read as files are')
  refuse(input, (input.format ?? 'iceberg') !== 'iceberg', 'the depot has tables, and no files')
  refuse(input, input.metadataTable !== null, 'what a table tells of itself is no stream')
  refuse(input, readsFiles(stream), 'goes with files alone')
  return appendsOf(await lake.loadTable(input.dataset), {
    deleteSnapshots: stream.skipsDeletes ? 'skip' : 'throw',
    overwriteSnapshots: stream.skipsOverwrites ? 'skip' : 'throw',
    onExpired: stream.rescans ? 'rescan' : 'fail',
    ...given('branch', branchOf(input)),
    ...given('streamFromTimestamp', stream.fromTimestampMs),
    ...given('maxFilesPerTrigger', stream.maxFiles),
    ...given('maxRowsPerTrigger', stream.maxRows),
  })
}

function filesSource(
  { format, files: reading }: Input,
  { maxFiles, maxBytes, latestFirst, skipsMissing }: StreamReading,
  { store, location }: NonNullable<ReturnType<Lake['locateFiles']>>,
): StreamSource {
  return files(location, {
    store,
    latestFirst,
    multiLine: reading?.multiLine ?? false,
    onMissingFile: skipsMissing ? 'skip' : 'fail',
    ...given('format', format === 'iceberg' ? null : format),
    ...given('schema', reading?.schema ?? null),
    ...given('csv', reading?.csv ?? null),
    ...given('inputFileName', reading?.inputFileName ?? null),
    ...given('maxFilesPerTrigger', maxFiles),
    ...given('maxBytesPerTrigger', maxBytes),
  })
}

function branchOf({ selection }: Input): string | null {
  return selection?.kind === 'ref' ? selection.name : null
}

function readsFiles({ maxBytes, latestFirst, skipsMissing }: StreamReading): boolean {
  return maxBytes !== null || latestFirst || skipsMissing
}

function readsTable(input: Input, stream: StreamReading): boolean {
  return (
    input.selection !== null ||
    stream.rescans ||
    stream.fromTimestampMs !== null ||
    stream.maxRows !== null ||
    stream.skipsDeletes ||
    stream.skipsOverwrites
  )
}

/** An option that is set; nothing for one that is not. */
function given<Name extends string, Value>(
  name: Name,
  value: Value | null,
): { readonly [Key in Name]?: Value } {
  return value === null ? {} : ({ [name]: value } as { readonly [Key in Name]?: Value })
}

function refuse(input: Input, isRefused: boolean, message: string): void {
  if (!isRefused) return
  throw new IcebergError('invalid', message, {
    context: { input: input.name, dataset: formatDatasetAddress(input.dataset), ...input.place },
  })
}
