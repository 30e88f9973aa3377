import { IcebergError } from '../base/errors.ts'
import { canonicalLocation, isAbsoluteLocation, joinLocation, nameBelow } from './location.ts'
import type {
  ByteRange,
  DeleteFailure,
  FolderEntry,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  RequestOptions,
} from './object-store.ts'

/** Where what was under one location is now. */
export interface Relocation {
  /** As the table's files spell it, scheme and authority included; may be relative, as some writers name files. */
  readonly from: string
  readonly to: string
}

/**
 * Reads a table that was copied: locations under a `from` are looked for under its `to`. Prefixes end at a `/`, and the
 * longest that fits counts. Others pass as they are. Nothing can be written through it: a write would leave files in
 * two places that name each other.
 *
 * @throws IcebergError `invalid` when two relocations have the same `from`
 */
export function createRelocatingStore(
  inner: ObjectStore,
  relocations: readonly Relocation[],
): ObjectStore {
  return new RelocatingStore(inner, relocations)
}

class RelocatingStore implements ObjectStore {
  readonly #inner: ObjectStore
  /** The longest prefix first. */
  readonly #moves: readonly Relocation[]

  constructor(inner: ObjectStore, relocations: readonly Relocation[]) {
    this.#inner = inner
    this.#moves = relocations
      .map(({ from, to }) => ({ from: spelling(from), to }))
      .sort((left, right) => right.from.length - left.from.length)
    const twice = this.#moves.find((move, index) => this.#moves[index + 1]?.from === move.from)
    if (twice !== undefined) {
      throw new IcebergError('invalid', 'location is mapped twice', {
        context: { from: twice.from },
      })
    }
  }

  get(location: string, range?: ByteRange, options?: RequestOptions): Promise<Uint8Array> {
    return this.#inner.get(this.#moved(location), range, options)
  }

  async head(location: string, options?: RequestOptions): Promise<ObjectInfo> {
    return { ...(await this.#inner.head(this.#moved(location), options)), location }
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ObjectInfo> {
    const moved = this.#moved(prefix)
    for await (const object of this.#inner.list(moved, options)) {
      const name = nameBelow(moved, object.location)
      if (name !== null) yield { ...object, location: joinLocation(prefix, name) }
    }
  }

  listNames(folder: string, options?: RequestOptions): AsyncIterable<FolderEntry> {
    return this.#inner.listNames(this.#moved(folder), options)
  }

  put(location: string): Promise<number> {
    return refuseWrite(location)
  }

  delete(location: string): Promise<void> {
    return refuseWrite(location)
  }

  deleteAll([location = '']: readonly string[]): Promise<readonly DeleteFailure[]> {
    return refuseWrite(location)
  }

  #moved(location: string): string {
    const name = spelling(location)
    for (const { from, to } of this.#moves) {
      if (name === from) return to
      const below = nameBelow(from, name)
      if (below !== null) return joinLocation(to, below)
    }
    return location
  }
}

function refuseWrite(location: string): Promise<never> {
  return Promise.reject(
    new IcebergError('unsupported', 'a relocated table can only be read', {
      context: { location },
    }),
  )
}

/** Absolute locations in their one spelling, so that `/x` maps `file:///x/y`; relative ones as they are. */
function spelling(location: string): string {
  return isAbsoluteLocation(location) ? canonicalLocation(location) : location.replace(/\/+$/, '')
}
