// A topic as an input of a workflow file: its depot says where the brokers are, the input how messages are read.
import type { RecordBatch as ArrowBatch } from 'apache-arrow'

import { IcebergError } from '../../../base/errors.ts'
import { systemEnvironment } from '../../../base/environment.ts'
import { formatDatasetAddress } from '../../address.ts'
import type { KafkaDepot } from '../../config-places.ts'
import type { Lake } from '../../lake.ts'
import type { Input, LogReading } from '../../workflow/model.ts'
import type { InputOptions, InputView } from '../input-view.ts'
import type { StreamSource } from '../stream-source.ts'
import { kafka } from './kafka.ts'
import type { KafkaOptions } from './kafka-options.ts'
import { checkKafkaOptions, clusterOptions } from './kafka-options.ts'
import { MESSAGE_COLUMNS } from './message-columns.ts'
import { rowsOfBlocks, schemaOfRows } from './message-rows.ts'
import { boundsOf, openTopic, passOver, readingOf } from './open-topic.ts'
import type { OpenTopic } from './open-topic.ts'
import { checkSameTopic, rangesBetween, startOffsets } from './position.ts'
import type { PartitionRange } from './position.ts'
import { openCluster } from './cluster.ts'
import { readTopic } from './read-topic.ts'

/**
 * A topic as a stream; null for other depots.
 *
 * @throws IcebergError `invalid` where the file says of it what only tables or files have
 */
export function kafkaInput(input: Input, lake: Lake): StreamSource | null {
  const depot = lake.locateTopic(input.dataset)
  return depot === null ? null : kafka(input.dataset.dataset, optionsOf(input, depot))
}

/**
 * All that a topic has now, from where the input begins; null for other depots. What comes later is not read.
 *
 * @throws IcebergError `not-found` when there is no such topic, `unavailable` when no broker says so
 * @throws IcebergError `invalid` where the file says of it what only tables, files or streams have
 */
export async function openKafkaInput(
  input: Input,
  lake: Lake,
  { signal }: InputOptions = {},
): Promise<InputView | null> {
  const depot = lake.locateTopic(input.dataset)
  if (depot === null) return null
  const options = optionsOf(input, depot)
  const topic = input.dataset.dataset
  checkKafkaOptions(topic, options)
  if (options.startingOffsets === 'latest') {
    throw fault(input, 'a topic that is no stream ends where it begins: startingOffsets latest')
  }
  const request = signal === undefined ? {} : { signal }
  const opened = await openTopic(topic, options, {
    environment: systemEnvironment,
    log: null,
    isReadOnce: true,
    ...request,
  })
  try {
    const ranges = await wholeOf(opened, request)
    return {
      kind: 'view',
      schema: schemaOfRows(opened.layout),
      batches: { [Symbol.asyncIterator]: () => batchesOf(opened, ranges, signal) },
      report: {
        kind: 'topic',
        topic,
        partitions: opened.topic.partitionCount,
        offsets: ranges.reduce((sum, { from, to }) => sum + (to - from), 0n),
      },
      table: null,
      pin: null,
    }
  } finally {
    // Nobody says when the view is no longer needed: whoever reads it opens connections of their own.
    await opened.cluster.close()
  }
}

async function wholeOf(
  opened: OpenTopic,
  request: { readonly signal?: AbortSignal },
): Promise<readonly PartitionRange[]> {
  const { topic, options } = opened
  const { earliest, latest } = await boundsOf(opened, topic, request)
  const start = startOffsets(topic, options.startingOffsets ?? 'earliest', earliest, latest)
  return rangesBetween(start, latest)
}

async function* batchesOf(
  { topic, layout, options, environment }: OpenTopic,
  ranges: readonly PartitionRange[],
  signal?: AbortSignal,
): AsyncGenerator<ArrowBatch> {
  const cluster = await openCluster(clusterOptions(options), environment)
  try {
    const request = signal === undefined ? {} : { signal }
    const current = await cluster.topic(topic.name, request)
    checkSameTopic({ topic: topic.name, id: topic.id, offsets: new Map() }, current)
    const parts = { cluster, topic, options, environment }
    const reading = readingOf(parts, (loss) => void passOver(parts, [loss]))
    const events = { onTombstone: () => undefined }
    yield* rowsOfBlocks(readTopic(ranges, reading, signal), layout, events, signal)
  } finally {
    await cluster.close()
  }
}

/** What the file says of a topic that says nothing of one. */
const PLAIN: LogReading = {
  schemaRegistryUrl: null,
  startingOffsets: 'earliest',
  valueFormat: null,
  keyFormat: null,
  envelope: null,
  messageColumns: [],
  maxOffsetsPerTrigger: null,
  failsOnDataLoss: true,
}

function optionsOf(input: Input, depot: KafkaDepot): KafkaOptions {
  checkTopicInput(input)
  const log = input.log ?? PLAIN
  const schemaRegistry =
    log.schemaRegistryUrl === null && log.valueFormat !== 'avro' && log.keyFormat !== 'avro'
      ? null
      : (depot.schemaRegistryUrl ?? log.schemaRegistryUrl)
  return {
    brokers: depot.brokers,
    tls: depot.tls,
    startingOffsets: log.startingOffsets,
    failOnDataLoss: log.failsOnDataLoss,
    messageColumns: MESSAGE_COLUMNS.filter((column) => log.messageColumns.includes(column)),
    ...(depot.sasl === null ? {} : { sasl: depot.sasl }),
    ...(schemaRegistry === null ? {} : { schemaRegistry }),
    ...(log.valueFormat === null ? {} : { valueFormat: log.valueFormat }),
    ...(log.keyFormat === null ? {} : { keyFormat: log.keyFormat }),
    ...(log.envelope === null ? {} : { envelope: log.envelope }),
    ...(log.maxOffsetsPerTrigger === null
      ? {}
      : { maxOffsetsPerTrigger: log.maxOffsetsPerTrigger }),
    ...(input.files?.schema == null ? {} : { schema: input.files.schema }),
  }
}

function checkTopicInput(input: Input): void {
  if (input.format !== null) {
    throw fault(input, 'a topic has no format: how its messages are read is valueFormat of options')
  }
  if (input.selection !== null) throw fault(input, 'a topic has no snapshots to select')
}

function fault(input: Input, message: string): IcebergError {
  return new IcebergError('invalid', message, {
    context: { input: input.name, dataset: formatDatasetAddress(input.dataset), ...input.place },
  })
}
