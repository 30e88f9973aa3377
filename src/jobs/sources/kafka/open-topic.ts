import type { Environment } from '../../../base/environment.ts'
import type { RequestOptions } from '../../../io/object-store.ts'
import type { SourceLog } from '../stream-source.ts'
import { openCluster } from './cluster.ts'
import type { Cluster, PartitionOffsets, Topic } from './cluster.ts'
import { clusterOptions } from './kafka-options.ts'
import type { KafkaOptions } from './kafka-options.ts'
import { openLayout } from './layout.ts'
import type { RowLayout } from './message-rows.ts'
import { describeLoss, lossError } from './position.ts'
import type { Loss } from './position.ts'
import type { TopicReading } from './read-partition.ts'

/** A topic, and how its messages become rows. */
export interface OpenTopic {
  readonly cluster: Cluster
  /** As it was when it was opened. */
  readonly topic: Topic
  readonly layout: RowLayout
  readonly options: KafkaOptions
  readonly environment: Environment
}

export interface OpenTopicContext {
  readonly environment: Environment
  /** What remembers columns that only the messages tell of; null where nothing does. */
  readonly log: SourceLog | null
  /** Whether the topic is read once and never again, so that nothing needs to be remembered. */
  readonly isReadOnce: boolean
  readonly signal?: AbortSignal
}

const DEFAULT_FETCH_BYTES = 1 << 20

/**
 * @throws IcebergError `not-found` when there is no such topic, `unavailable` when no broker says so
 * @throws IcebergError `unsupported` when the client is not installed
 */
export async function openTopic(
  name: string,
  options: KafkaOptions,
  { environment, log, isReadOnce, signal }: OpenTopicContext,
): Promise<OpenTopic> {
  const request = signal === undefined ? {} : { signal }
  const cluster = await openCluster(clusterOptions(options), environment)
  try {
    const topic = await cluster.topic(name, request)
    const parts = { cluster, topic, options, environment }
    // Columns look the same, whatever of the first messages goes meanwhile.
    const reading = readingOf(parts, () => undefined)
    const layout = await openLayout({ reading, options, log, isReadOnce, ...request })
    return { ...parts, layout }
  } catch (error) {
    await cluster.close()
    throw error
  }
}

export function readingOf(
  { cluster, topic, options, environment }: Omit<OpenTopic, 'layout'>,
  onLoss: (loss: Loss) => void,
): TopicReading {
  return {
    cluster,
    topic,
    environment,
    fetchBytes: options.fetchBytes ?? DEFAULT_FETCH_BYTES,
    onLoss,
  }
}

/** Where each partition begins and ends. */
export interface TopicBounds {
  readonly earliest: PartitionOffsets
  readonly latest: PartitionOffsets
}

/** Of a topic as it is now, which may have more partitions than when it was opened. */
export async function boundsOf(
  { cluster }: Pick<OpenTopic, 'cluster'>,
  topic: Topic,
  request?: RequestOptions,
): Promise<TopicBounds> {
  const [earliest, latest] = await Promise.all([
    cluster.offsets(topic, 'earliest', request),
    cluster.offsets(topic, 'latest', request),
  ])
  return { earliest, latest }
}

/**
 * What is told of records that are gone.
 *
 * @throws IcebergError `not-found` unless the options allow for it
 */
export function passOver(
  { topic, options }: Pick<OpenTopic, 'topic' | 'options'>,
  losses: readonly Loss[],
): readonly string[] {
  const [first, ...others] = losses
  if (first === undefined) return []
  if (options.failOnDataLoss ?? true) throw lossError(topic.name, [first, ...others])
  return losses.map((loss) => describeLoss(topic.name, loss))
}

/** What is told of messages that say no more than that their key is gone. */
export function describeTombstones({ name }: Topic, count: number): string {
  return `${count} messages of ${name} without a value were passed over`
}
