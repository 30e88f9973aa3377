// The folder of a stream. What decides is in the tables; here is what lets an interrupted batch be repeated as it was:
//
//   stream            whose folder it is
//   offsets/<n>-<f>   the range of batch n, written before it is read; f is a fingerprint of where it starts, so that a batch
//                     after a rollback, which has the number of another, does not take that one's range
//   begun/<name>      where a source was first found to begin
//   commits/<n>       batch n is in all outputs; for a stream that writes no table this is what decides
//   sources/<name>/   what a source remembers
//   held/<n>-<id>     what batch n holds back for later ones
//   bad/<n>-<name>    records of batch n that are no rows
//
// Deleting it loses no row of a stream from one source that can be read again to one table.
import { IcebergError, isKind, withContext } from '../../base/errors.ts'
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { readObject } from '../../base/json-fields.ts'
import { decodeUtf8, encodeUtf8 } from '../../base/unicode.ts'
import { joinLocation, lastName, nameBelow } from '../../io/location.ts'
import type { ObjectStore, RequestOptions } from '../../io/object-store.ts'
import { formatRange, parseRange } from './batch-range.ts'
import type { FixedRange } from './batch-range.ts'
import type { StreamOffset } from '../sources/stream-source.ts'
import { fingerprintOf } from './offsets.ts'
import type { Offsets } from './offsets.ts'
import { formatWritten, parseStreamState, readOffsets } from './stream-state.ts'
import type { StreamState } from './stream-state.ts'

/** A folder that need not be there yet. */
export interface CheckpointPlace {
  readonly store: ObjectStore
  readonly folder: string
}

/** What is known of the last batch that is in all outputs. */
export interface FinishedBatch {
  readonly state: StreamState
  /** The uuid of each table that was written, by its name. */
  readonly tables: ReadonlyMap<string, string>
}

/** Parts whose files are of one batch each. */
const BATCH_PARTS = ['offsets', 'commits', 'held']

/** What is unfinished and older has no writer. */
const ABANDONED_MS = 86_400_000

/** Batches whose files stay, for tables that are rolled back. */
const KEPT_BATCHES = 100

export class Checkpoint {
  readonly #place: CheckpointPlace

  constructor(place: CheckpointPlace) {
    this.#place = place
  }

  get folder(): string {
    return this.#place.folder
  }

  /**
   * Checks that the folder is not in that of a table, whose orphan removal would take it.
   *
   * @throws IcebergError `invalid` when it is
   */
  checkOutside(tableLocation: string): void {
    const table = tableLocation.replace(/\/+$/, '')
    if (this.folder !== table && nameBelow(table, this.folder) === null) return
    throw new IcebergError(
      'invalid',
      'a checkpoint lies outside of the tables, whose orphan removal would take it',
      { context: { checkpoint: this.folder, table } },
    )
  }

  /**
   * Makes the folder that of a stream, or finds that it is.
   *
   * @throws IcebergError `invalid` when it is another's
   */
  async claim(streamId: string, options?: RequestOptions): Promise<void> {
    this.#checkOwner(
      await this.#create('stream', stringifyJson({ v: 1, id: streamId }), options),
      streamId,
    )
  }

  /**
   * Finds that the folder is that of a stream, or nobody's yet.
   *
   * @throws IcebergError `invalid` when it is another's
   */
  async checkOwner(streamId: string, options?: RequestOptions): Promise<void> {
    const text = await this.#get('stream', options)
    if (text !== null) this.#checkOwner(text, streamId)
  }

  #checkOwner(text: string, streamId: string): void {
    const owner = this.#read('stream', () => readObject(parseJson(text), '').string('id'))
    if (owner === streamId) return
    throw new IcebergError(
      'invalid',
      "the checkpoint is another stream's: give each its own folder",
      {
        context: { checkpoint: this.folder, owner, stream: streamId },
      },
    )
  }

  /** Removes what killed processes had not finished writing, when nobody can be writing it any more. */
  async sweep(nowMs: number, options: RequestOptions = {}): Promise<void> {
    const old: string[] = []
    const listing = { ...options, isWanted: isUnfinished }
    for await (const { location, modifiedMs } of this.#place.store.list(this.folder, listing)) {
      if (modifiedMs < nowMs - ABANDONED_MS && isUnfinished(location)) old.push(location)
    }
    // What stays is in nobody's way.
    await this.#place.store.deleteAll(old, options)
  }

  /** Where a source begins, as it was first found; null when nobody has asked. */
  async findBeginning(source: string, options?: RequestOptions): Promise<StreamOffset | null> {
    const name = beginningName(source)
    const text = await this.#get(name, options)
    return text === null ? null : this.#read(name, () => parseBeginning(text))
  }

  /** Fixes where a source begins, unless that is fixed: gives where. */
  async fixBeginning(
    source: string,
    offset: StreamOffset,
    options?: RequestOptions,
  ): Promise<StreamOffset> {
    const name = beginningName(source)
    const text = await this.#create(name, formatBeginning(offset), options)
    return this.#read(name, () => parseBeginning(text))
  }

  /** The range of a batch as it was first fixed: that one is repeated. Fixes it when nobody has. */
  async fixRange(epoch: number, range: FixedRange, options?: RequestOptions): Promise<FixedRange> {
    const name = rangeName(epoch, range.start)
    const text = await this.#create(name, formatRange(range), options)
    return this.#read(name, () => parseRange(text))
  }

  /** The range of a batch that starts there; null when none was fixed. */
  async findRange(
    epoch: number,
    start: Offsets,
    options?: RequestOptions,
  ): Promise<FixedRange | null> {
    const name = rangeName(epoch, start)
    const text = await this.#get(name, options)
    return text === null ? null : this.#read(name, () => parseRange(text))
  }

  /** Notes that a batch is in all outputs. */
  async finish({ state, tables }: FinishedBatch, options?: RequestOptions): Promise<void> {
    const text = stringifyJson({ v: 1, tables, state: parseJson(formatWritten(state)) })
    await this.#put(commitName(state.epoch), text, options)
    if (state.epoch % KEPT_BATCHES === 0) await this.#purge(state.epoch - KEPT_BATCHES, options)
  }

  /** The last batch of which it was noted that it is in all outputs; null when none was. */
  async lastFinished(options?: RequestOptions): Promise<FinishedBatch | null> {
    let last: string | null = null
    for await (const { name } of this.#place.store.listNames(this.#at('commits'), options)) {
      if (/^\d+$/.test(name) && (last === null || name > last)) last = name
    }
    if (last === null) return null
    const name = `commits/${last}`
    const text = await this.#get(name, options)
    if (text === null) return null
    return this.#read(name, () => {
      const fields = readObject(parseJson(text), '')
      const state = parseStreamState(stringifyJson(fields.object('state')))
      return { state, tables: fields.stringMap('tables') }
    })
  }

  /** The folder that a source has for itself. */
  sourceFolder(source: string): CheckpointPlace {
    return { store: this.#place.store, folder: this.#at(`sources/${encodeURIComponent(source)}`) }
  }

  /**
   * Keeps what a batch holds back for later ones.
   *
   * @param id says what the bytes are: an attempt that has others keeps them beside these
   */
  async hold(
    epoch: number,
    id: string,
    bytes: Uint8Array,
    options?: RequestOptions,
  ): Promise<string> {
    const name = `held/${numbered(epoch)}-${id}`
    await this.#place.store.put(this.#at(name), bytes, 'overwrite', options)
    return name
  }

  /** @throws IcebergError `not-found` when it is gone */
  async held(name: string, options?: RequestOptions): Promise<Uint8Array> {
    return this.#place.store.get(this.#at(name), undefined, options)
  }

  /** Keeps the records of a batch that are no rows; a batch that is repeated has the same ones. */
  async keepBad(
    epoch: number,
    source: string,
    lines: string,
    options?: RequestOptions,
  ): Promise<string> {
    const name = `bad/${numbered(epoch)}-${encodeURIComponent(source)}.ndjson`
    await this.#put(name, lines, options)
    return this.#at(name)
  }

  /** Forgets what it knows of batches, or all that there is, what sources remember among it. */
  async forget(what: 'batches' | 'all', options?: RequestOptions): Promise<void> {
    const parts =
      what === 'all' ? [this.folder] : [...BATCH_PARTS, 'begun'].map((part) => this.#at(part))
    const gone: string[] = []
    for (const part of parts) {
      for await (const { location } of this.#place.store.list(part, options)) gone.push(location)
    }
    await this.#remove(gone, options)
  }

  /** Files of batches that no rollback within reach needs. */
  async #purge(before: number, options?: RequestOptions): Promise<void> {
    const old: string[] = []
    for (const part of BATCH_PARTS) {
      for await (const { location } of this.#place.store.list(this.#at(part), options)) {
        const epoch = epochOfName(lastName(location))
        if (epoch !== null && epoch <= before) old.push(location)
      }
    }
    await this.#remove(old, options)
  }

  async #remove(locations: readonly string[], options?: RequestOptions): Promise<void> {
    const [failure] = await this.#place.store.deleteAll(locations, options)
    if (failure !== undefined) throw failure.error
  }

  #at(name: string): string {
    return joinLocation(this.folder, name)
  }

  async #get(name: string, options?: RequestOptions): Promise<string | null> {
    try {
      return decodeUtf8(await this.#place.store.get(this.#at(name), undefined, options))
    } catch (error) {
      if (isKind(error, 'not-found')) return null
      throw error
    }
  }

  /** Writes a text unless there is one; gives the one that is there. */
  async #create(name: string, text: string, options?: RequestOptions): Promise<string> {
    const there = await this.#get(name, options)
    if (there !== null) return there
    try {
      await this.#place.store.put(this.#at(name), encodeUtf8(text), 'create', options)
      return text
    } catch (error) {
      // It may have landed although its answer was lost.
      if (!isKind(error, 'conflict') && !isKind(error, 'unavailable')) throw error
      const won = await this.#get(name, options)
      if (won === null) throw error
      return won
    }
  }

  async #put(name: string, text: string, options?: RequestOptions): Promise<void> {
    await this.#place.store.put(this.#at(name), encodeUtf8(text), 'overwrite', options)
  }

  /** Errors say which file it is. */
  #read<Result>(name: string, read: () => Result): Result {
    try {
      return read()
    } catch (error) {
      throw withContext(error, { file: this.#at(name) })
    }
  }
}

function rangeName(epoch: number, start: Offsets): string {
  return `offsets/${numbered(epoch)}-${fingerprintOf(start)}`
}

function beginningName(source: string): string {
  return `begun/${encodeURIComponent(source)}`
}

function formatBeginning(offset: StreamOffset): string {
  return stringifyJson({ v: 1, offsets: { source: offset } })
}

function parseBeginning(text: string): StreamOffset {
  const [offset] = readOffsets(readObject(parseJson(text), ''), 'offsets').values()
  if (offset !== undefined) return offset
  throw new IcebergError('corrupt', 'the file does not say where its source begins')
}

/** As a local store names what it is writing, wherever that is to lie. */
function isUnfinished(name: string): boolean {
  return /(?:^|\/)[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.tmp$/.test(name)
}

function commitName(epoch: number): string {
  return `commits/${numbered(epoch)}`
}

/** Null for what is no file of a batch, such as what a store has not finished writing. */
function epochOfName(name: string): number | null {
  const digits = /^\d+(?=-|$)/.exec(name)?.[0] ?? ''
  return digits.length < EPOCH_DIGITS ? null : Number(digits)
}

/** In the order of names as of numbers. */
function numbered(epoch: number): string {
  return String(epoch).padStart(EPOCH_DIGITS, '0')
}

const EPOCH_DIGITS = 12
