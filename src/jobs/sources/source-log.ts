// A log as objects of a folder. Entry 17 is the object `17`, which nobody can make twice. Twenty entries become one object
// `1-20`, twenty of these `1-400`, and so on, so that there are few objects however many entries there are, and each entry is
// copied a few times only.
//
// Objects lie side by side that say the same, since what was put together goes later, and whoever crashes leaves it. The rule
// that makes this safe: of all objects that cover an entry, the one that covers most is right. A smaller one goes only when there is
// a larger one, so a late writer may make it anew, with a text that does not count, and the larger one is still believed.
import { assert } from '../../base/assert.ts'
import { IcebergError, isKind } from '../../base/errors.ts'
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { arrayAt, stringAt } from '../../base/json-fields.ts'
import { mapConcurrent } from '../../base/concurrency.ts'
import { decodeUtf8, encodeUtf8 } from '../../base/unicode.ts'
import { joinLocation, lastName } from '../../io/location.ts'
import type { ObjectStore, RequestOptions } from '../../io/object-store.ts'
import type { SourceLog } from './stream-source.ts'

/** How many objects become one. */
const FAN_IN = 20

/** More than this is not put together: who asks for one entry reads all that lie with it. */
const MAX_BLOCK_BYTES = 8 << 20

/** Objects that are read ahead of what is asked for. */
const READS_IN_FLIGHT = 4

/** A batch asks for the entries that it stands between, again and again. */
const REMEMBERED_BLOCKS = 2

/** How often a listing is asked for again because what it showed has been put together meanwhile. */
const MAX_LISTINGS = 5

/**
 * A log in a folder that has nothing else in it. Any number of processes may use it at once.
 *
 * @param fanIn how many objects become one, the same for all who use the folder; tests take few
 */
export function createSourceLog(
  store: ObjectStore,
  folder: string,
  fanIn: number = FAN_IN,
): SourceLog {
  return new FolderLog(store, folder, fanIn)
}

/** An object with entries `first` to `last`. */
interface Block {
  readonly first: number
  readonly last: number
}

interface ReadBlock extends Block {
  readonly texts: readonly string[]
}

/** What the folder shows. */
interface Listing {
  readonly blocks: readonly Block[]
  /** Those that are within no other, in order, from entry 1 on without a gap: they say what the entries are. */
  readonly largest: readonly Block[]
}

class FolderLog implements SourceLog {
  readonly #store: ObjectStore
  readonly #folder: string
  readonly #fanIn: number
  /**
   * What was made here, and what was read of those with many entries: neither changes, and who goes through old entries asks for the
   * next one soon. A single entry that is read may be a late writer's.
   */
  #remembered: readonly ReadBlock[] = []

  constructor(store: ObjectStore, folder: string, fanIn: number) {
    this.#store = store
    this.#folder = folder
    this.#fanIn = fanIn
  }

  async get(n: number, options: RequestOptions = {}): Promise<string | null> {
    const known = this.#remembered.find((block) => holds(block, n))
    if (known !== undefined) return textIn(known, n)
    return this.#retried(async () => {
      const { largest } = await this.#list(options)
      const block = blockOf(n, largest)
      return block === null ? null : textIn(await this.#read(block, options), n)
    })
  }

  async create(n: number, text: string, options: RequestOptions = {}): Promise<string> {
    const single = { first: n, last: n }
    try {
      await this.#store.put(this.#location(single), encodeUtf8(text), 'create', options)
    } catch (error) {
      if (!isKind(error, 'conflict')) throw error
      return this.#made(n, options)
    }
    const listing = await this.#list(options)
    const block = blockOf(n, listing.largest)
    // It had been made and put together with others: ours came too late.
    if (block !== null && block.last > block.first) return this.#made(n, options)
    this.#remember({ ...single, texts: [text] })
    if (n % this.#fanIn === 0) await this.#tidy(listing, options)
    return text
  }

  lookAnew(): void {
    this.#remembered = []
  }

  async *entries(last: number, options: RequestOptions = {}): AsyncGenerator<string> {
    let next = 1
    for (let failures = 0; next <= last;) {
      const { largest } = await this.#list(options)
      if (blockOf(next, largest) === null) throw missing(next)
      const wanted = largest.filter((block) => block.last >= next && block.first <= last)
      try {
        for await (const { first, texts } of this.#readAll(wanted, options)) {
          for (const text of texts.slice(next - first, last + 1 - first)) {
            next += 1
            failures = 0
            yield text
          }
        }
      } catch (error) {
        failures += 1
        if (!isKind(error, 'not-found') || failures >= MAX_LISTINGS) throw error
      }
    }
  }

  async *#readAll(blocks: readonly Block[], options: RequestOptions): AsyncGenerator<ReadBlock> {
    const read = (block: Block, signal: AbortSignal): Promise<ReadBlock> =>
      this.#read(block, { signal })
    yield* mapConcurrent(blocks, READS_IN_FLIGHT, read, options.signal)
  }

  /** The entry of somebody else. */
  async #made(n: number, options: RequestOptions): Promise<string> {
    const text = await this.get(n, options)
    if (text === null) throw missing(n)
    return text
  }

  /** What a listing showed may have been put together before it is read. */
  async #retried<Result>(read: () => Promise<Result>): Promise<Result> {
    for (let listing = 1; ; listing += 1) {
      try {
        return await read()
      } catch (error) {
        if (!isKind(error, 'not-found') || listing >= MAX_LISTINGS) throw error
      }
    }
  }

  /** Puts objects together, and removes what an earlier call has put together. A later call does what this one could not. */
  async #tidy({ blocks, largest }: Listing, options: RequestOptions): Promise<void> {
    const needless = blocks.filter((block) => !largest.includes(block))
    try {
      const locations = needless.map((block) => this.#location(block))
      await this.#store.deleteAll(locations, options)
      const groups = groupsOf(largest, this.#fanIn)
      const sizes = groups.length === 0 ? new Map() : await this.#sizes(options)
      for (const group of groups) if (isOneObject(group, sizes)) await this.#join(group, options)
    } catch (error) {
      if (!isKind(error, 'unavailable') && !isKind(error, 'not-found')) throw error
    }
  }

  async #join(group: readonly Block[], options: RequestOptions): Promise<void> {
    const texts: string[] = []
    for await (const block of this.#readAll(group, options)) texts.push(...block.texts)
    const location = this.#location({ first: group[0]?.first ?? 0, last: group.at(-1)?.last ?? 0 })
    try {
      await this.#store.put(location, encodeUtf8(stringifyJson(texts)), 'create', options)
    } catch (error) {
      // Whoever else made it had the same entries.
      if (!isKind(error, 'conflict')) throw error
    }
  }

  async #read(block: Block, options: RequestOptions): Promise<ReadBlock> {
    const { first, last } = block
    const location = this.#location(block)
    const text = decodeUtf8(await this.#store.get(location, undefined, options))
    if (first === last) return { first, last, texts: [text] }
    const texts = arrayAt(parseJson(text), location).map((item) => stringAt(item, location))
    if (texts.length !== last - first + 1) {
      throw new IcebergError('corrupt', 'a log has not as many entries as its name says', {
        context: { location },
      })
    }
    return this.#remember({ first, last, texts })
  }

  #remember(block: ReadBlock): ReadBlock {
    this.#remembered = [block, ...this.#remembered].slice(0, REMEMBERED_BLOCKS)
    return block
  }

  /** What is put together and removed while a listing goes on may be missing from it altogether: then it is asked for anew. */
  #list(options: RequestOptions): Promise<Listing> {
    return this.#retried(async () => {
      const blocks: Block[] = []
      for await (const { name } of this.#store.listNames(this.#folder, options)) {
        const block = blockOfName(name)
        if (block !== null) blocks.push(block)
      }
      const largest = largestOf(blocks)
      let next = 1
      for (const { first, last } of largest) {
        if (first > next) throw missing(next)
        next = last + 1
      }
      return { blocks, largest }
    })
  }

  /** Of all objects, in bytes, by their names. */
  async #sizes(options: RequestOptions): Promise<ReadonlyMap<string, number>> {
    const sizes = new Map<string, number>()
    for await (const { location, sizeBytes } of this.#store.list(this.#folder, options)) {
      sizes.set(lastName(location), sizeBytes)
    }
    return sizes
  }

  #location({ first, last }: Block): string {
    return joinLocation(this.#folder, nameOf({ first, last }))
  }
}

function nameOf({ first, last }: Block): string {
  return first === last ? String(first) : `${first}-${last}`
}

/** Null for what is no part of a log, such as what a store has not finished writing. */
function blockOfName(name: string): Block | null {
  const match = /^([1-9]\d{0,14})(?:-([1-9]\d{0,14}))?$/.exec(name)
  if (match === null) return null
  const first = Number(match[1])
  return { first, last: Number(match[2] ?? first) }
}

function holds({ first, last }: Block, n: number): boolean {
  return first <= n && n <= last
}

function textIn({ first, texts }: ReadBlock, n: number): string {
  const text = texts[n - first]
  assert(text !== undefined, 'a block has a text for each of its entries')
  return text
}

function blockOf(n: number, largest: readonly Block[]): Block | null {
  return largest.find((block) => holds(block, n)) ?? null
}

/** Those that are within no other, in order. */
function largestOf(blocks: readonly Block[]): Block[] {
  let end = 0
  return blocks
    .toSorted((left, right) => left.first - right.first || right.last - left.last)
    .filter((block) => {
      if (block.last <= end) return false
      end = block.last
      return true
    })
}

/**
 * Those that are to become one. Everybody finds the same: as many of one size as become one, one after the other, and the first of
 * them where a larger one begins.
 */
function groupsOf(largest: readonly Block[], fanIn: number): Block[][] {
  return largest.flatMap((block, index) => {
    const size = block.last - block.first + 1
    if ((block.first - 1) % (size * fanIn) !== 0) return []
    const group = largest.slice(index, index + fanIn)
    const isWhole =
      group.length === fanIn &&
      group.every(
        ({ first, last }, at) => first === block.first + at * size && last === first + size - 1,
      )
    return isWhole ? [group] : []
  })
}

function isOneObject(group: readonly Block[], sizes: ReadonlyMap<string, number>): boolean {
  const sizeBytes = group.reduce((sum, block) => sum + (sizes.get(nameOf(block)) ?? 0), 0)
  return sizeBytes <= MAX_BLOCK_BYTES
}

function missing(n: number): IcebergError {
  return new IcebergError(
    'not-found',
    'an entry of the log is missing: was the checkpoint folder, or some of it, removed?',
    { context: { entry: n } },
  )
}
