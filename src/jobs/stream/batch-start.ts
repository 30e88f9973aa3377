// Where a batch begins in each source.
import type { RequestOptions } from '../../io/object-store.ts'
import type { OpenStream, StreamOffset } from '../sources/stream-source.ts'
import type { Offsets } from './offsets.ts'
import type { StreamPosition } from './position.ts'
import type { OpenSources, Stream } from './stream.ts'

export interface BatchStart {
  /** Of every source that was ever read; those that the stream has left stay where they were left. */
  readonly offsets: Offsets
  /** Of those among them that have not been read before. */
  readonly begun: Offsets
}

export interface StartContext {
  readonly sources: OpenSources
  /** Where this run has found sources to begin; for streams that have no checkpoint to tell. */
  readonly beginnings: Map<string, StreamOffset>
  readonly options: RequestOptions
}

/**
 * Sources go on where the batch before has left them. One that is new begins where it was first found to begin, which a table that
 * is ahead has recorded, or the checkpoint: `latest` is another position each time that it is asked for.
 */
export async function startOf(
  { checkpoint }: Pick<Stream, 'checkpoint'>,
  { state, recorded }: Pick<StreamPosition, 'state' | 'recorded'>,
  { sources, beginnings, options }: StartContext,
): Promise<BatchStart> {
  const offsets = new Map(state?.offsets)
  const begun = new Map<string, StreamOffset>()
  for (const [name, source] of sources) {
    if (offsets.has(name)) continue
    const first =
      recorded?.begun.get(name) ??
      beginnings.get(name) ??
      (await beginningOf({ name, source, checkpoint, options }))
    begun.set(name, (await checkpoint?.fixBeginning(name, first, options)) ?? first)
    beginnings.set(name, begun.get(name) ?? first)
  }
  return { offsets: new Map([...offsets, ...begun]), begun }
}

interface NewSource {
  readonly name: string
  readonly source: OpenStream
  readonly checkpoint: Stream['checkpoint']
  readonly options: RequestOptions
}

/** Where a source was first found to begin, or else is now. Nothing is noted down. */
export async function beginningOf({
  name,
  source,
  checkpoint,
  options,
}: NewSource): Promise<StreamOffset> {
  return (await checkpoint?.findBeginning(name, options)) ?? (await source.initialOffset(options))
}

/** Where a batch ends: what it reads no source of, it leaves where that is. */
export function endOf(start: Offsets, ends: Offsets, sources: OpenSources): Offsets {
  const read = [...ends].filter(([name]) => sources.has(name))
  return new Map([...start, ...read])
}
