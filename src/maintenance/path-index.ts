// Many paths in little memory: their bytes one after the other, found by a hash of what is compared. A million paths of a
// hundred characters would take some 250 MB as strings in a map; here they take what the bytes of their names do and some thirty
// more. A folder is kept once for all of its files that come one after the other, as listings give them, without what most
// folders begin with.
import { assert } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { murmur3 } from '../layout/murmur3.ts'
import { comparablePath } from './comparable-path.ts'

const CHUNK_BYTES = 1 << 20
/** Before each name stands how many bytes it has, and where its folder is. */
const LENGTH_BYTES = 4
const HEAD_BYTES = LENGTH_BYTES + 8

/** Numbers paths from 0, in the order in which they are added. Those that may mean the same file have one number. */
export class PathIndex {
  readonly #prefix: string
  readonly #chunks: Buffer[] = []
  /** For what is hashed: a million arrays of their own would be a hundred megabytes before anyone cleared them away. */
  readonly #scratch = Buffer.alloc(CHUNK_BYTES)
  /** The folder of the path that was added last, and where it is. */
  #folder: string | null = null
  #folderPlace = 0
  /** Where the next text goes, in the last chunk. */
  #end = CHUNK_BYTES
  #size = 0
  /** Where the name of each path is. */
  #places = new Float64Array(512)
  #hashes = new Int32Array(512)
  /** Numbers of paths plus one, by their hashes; 0 where there is none. */
  #slots = new Int32Array(1024)

  /** @param prefix what most paths begin with, and which is kept once */
  constructor(prefix: string = '') {
    this.#prefix = prefix
  }

  get size(): number {
    return this.#size
  }

  /**
   * The number of a path, which is a new one unless it is known.
   *
   * @param key of the path, where it is known already
   * @throws IcebergError `limit` for a path of a megabyte, which no store has
   */
  add(path: string, key: string = comparablePath(path)): number {
    const hash = this.#hash(key)
    const found = this.#find(key, hash)
    if (found >= 0) return found
    if (this.#size === this.#hashes.length) this.#grow()
    const index = this.#size
    this.#places[index] = this.#storePath(path)
    this.#hashes[index] = hash
    this.#size += 1
    this.#slot(index)
    return index
  }

  /** The number of a comparable path; -1 when it was not added. */
  find(key: string): number {
    return this.#find(key, this.#hash(key))
  }

  /** A path as it was spelled when it was first added. */
  path(index: number): string {
    const place = this.#places[index]
    assert(index < this.#size && place !== undefined, 'an index has no path of that number')
    const { chunk, start } = this.#at(place)
    return this.#text(chunk.readDoubleLE(start + LENGTH_BYTES)) + this.#text(place)
  }

  #find(key: string, hash: number): number {
    const mask = this.#slots.length - 1
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const index = (this.#slots[at] ?? 0) - 1
      if (index < 0) return -1
      if (this.#hashes[index] === hash && comparablePath(this.path(index)) === key) return index
    }
  }

  #hash(key: string): number {
    if (Buffer.byteLength(key) > CHUNK_BYTES) throw tooLong(key)
    return murmur3(this.#scratch, 0, this.#scratch.write(key))
  }

  #storePath(path: string): number {
    const nameStart = path.lastIndexOf('/') + 1
    const folder = path.slice(0, nameStart)
    if (folder !== this.#folder) {
      this.#folderPlace = this.#store(this.#shortened(folder), 0)
      this.#folder = folder
    }
    return this.#store(path.slice(nameStart), this.#folderPlace)
  }

  #shortened(folder: string): string {
    const isShort = this.#prefix !== '' && folder.startsWith(this.#prefix)
    return isShort ? SHORTENED + folder.slice(this.#prefix.length) : folder
  }

  /** @returns where it is: a place is the number of a chunk and where in it */
  #store(text: string, folderPlace: number): number {
    const length = Buffer.byteLength(text)
    if (length + HEAD_BYTES > CHUNK_BYTES) throw tooLong(text)
    if (this.#end + HEAD_BYTES + length > CHUNK_BYTES) {
      this.#chunks.push(Buffer.alloc(CHUNK_BYTES))
      this.#end = 0
    }
    const place = (this.#chunks.length - 1) * CHUNK_BYTES + this.#end
    const { chunk, start } = this.#at(place)
    chunk.writeUInt32LE(length, start)
    chunk.writeDoubleLE(folderPlace, start + LENGTH_BYTES)
    chunk.write(text, start + HEAD_BYTES)
    this.#end += HEAD_BYTES + length
    return place
  }

  #text(place: number): string {
    const { chunk, start } = this.#at(place)
    const textStart = start + HEAD_BYTES
    const text = chunk.toString('utf8', textStart, textStart + chunk.readUInt32LE(start))
    return text.startsWith(SHORTENED) ? this.#prefix + text.slice(1) : text
  }

  #at(place: number): { readonly chunk: Buffer; readonly start: number } {
    const chunk = this.#chunks[Math.floor(place / CHUNK_BYTES)]
    assert(chunk !== undefined, 'a place is in a chunk')
    return { chunk, start: place % CHUNK_BYTES }
  }

  /** No more than half of the slots are ever taken. */
  #grow(): void {
    const length = this.#hashes.length * 2
    const [places, hashes] = [this.#places, this.#hashes]
    this.#places = new Float64Array(length)
    this.#places.set(places)
    this.#hashes = new Int32Array(length)
    this.#hashes.set(hashes)
    this.#slots = new Int32Array(length * 2)
    for (let index = 0; index < this.#size; index += 1) this.#slot(index)
  }

  #slot(index: number): void {
    const mask = this.#slots.length - 1
    let at = (this.#hashes[index] ?? 0) & mask
    while (this.#slots[at] !== 0) at = (at + 1) & mask
    this.#slots[at] = index + 1
  }
}

/** Stands before a folder that lacks the prefix. No location begins so, and no name. */
const SHORTENED = '\0'

function tooLong(path: string): IcebergError {
  return new IcebergError('limit', 'path is too long', { context: { length: path.length } })
}
