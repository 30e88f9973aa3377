// Positions are of the kind of source that they were found in. A source that is given another's says only that it cannot read it, and
// what that one noted down beside is no better: so this is looked at before a source is opened.
import { IcebergError } from '../../base/errors.ts'
import type { RequestOptions } from '../../io/object-store.ts'
import type { StreamOffset, StreamOrigin } from '../sources/stream-source.ts'
import type { FinishedBatch } from './checkpoint.ts'
import { findPosition } from './position.ts'
import type { Stream } from './stream.ts'

/** What the positions of each kind have, and no others. */
const MARKS: ReadonlyMap<string, StreamOrigin['kind']> = new Map([
  ['snapshot-id', 'table'],
  ['log', 'files'],
  ['partitions', 'topic'],
  ['row', 'rows'],
])

/**
 * @param finished as {@link findPosition} takes it
 * @throws IcebergError `invalid` where a source is of another kind than the one that the stream has read by its name
 */
export async function checkSourceKinds(
  stream: Pick<Stream, 'id' | 'outputs' | 'sources' | 'checkpoint'>,
  finished: FinishedBatch | null,
  options?: RequestOptions,
): Promise<void> {
  const { state, recorded } = await findPosition(stream, finished)
  for (const [input, { origin }] of stream.sources) {
    const stands =
      state?.offsets.get(input) ??
      recorded?.begun.get(input) ??
      (await stream.checkpoint?.findBeginning(input, options))
    const kind = stands === undefined || stands === null ? null : kindOf(stands)
    if (kind === null || origin === undefined || kind === origin.kind) continue
    throw new IcebergError(
      'invalid',
      'the stream stands in a source of another kind than it is given: give it an id and a checkpoint of its own, or have it begin anew by `frazil stream reset`, in programs by reset()',
      { context: { stream: stream.id, input, stands: kind, given: origin.kind } },
    )
  }
}

/** Null for positions of sources that others have made. */
function kindOf(offset: StreamOffset): StreamOrigin['kind'] | null {
  for (const [mark, kind] of MARKS) if (mark in offset) return kind
  return null
}
