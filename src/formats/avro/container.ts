// Avro object container files, whole and in memory: a header with properties and the schema of the values, then blocks
// of values, each of them compressed by itself and followed by the file's sync marker.
//
// Reading is our own code, because schema and sizes come from strangers: avsc would compile whatever schema a file
// carries, lose a field named `__proto__`, and believe every count. Encoding is left to avsc.
import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'

import { BoundedCache } from '../../base/bounded-cache.ts'
import { concatBytes, equalBytes } from '../../base/bytes.ts'
import { IcebergError } from '../../base/errors.ts'
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { parseAvroType } from './avro-type.ts'
import type { AvroType } from './avro-type.ts'
import { BinaryReader } from './binary-reader.ts'
import { blockCodec } from './block-codecs.ts'
import type { BlockCodec } from './block-codecs.ts'
import { createEncoder, encodeBlocks } from './encoding.ts'
import type { Encoder } from './encoding.ts'
import type { Decode, View } from './view.ts'

/** Uncompressed bytes that the blocks of one file may have together: some thirty times those of a large manifest. */
const MAX_INFLATED_BYTES: number = 1024 * 1024 * 1024

const MAGIC = Buffer.from('Obj\u0001', 'latin1')
const ENCRYPTED_MAGIC = Buffer.from('AGS1', 'latin1')
const SYNC_BYTES = 16

/** Level 6 took four times as long for five percent less, measured on manifests of 10,000 entries. */
const DEFLATE_LEVEL = 1

/** A container file whose header has been read. */
export interface Container {
  /** Undefined when the header has no such property. */
  property(name: string): string | undefined
  /** Of the values. The same object for equal schemas, as long as it is remembered. */
  readonly type: AvroType
  /**
   * Reads each value, in order. Blocks are inflated one by one, and none is held longer than what `read` keeps of it.
   *
   * @throws IcebergError `corrupt` when blocks are damaged
   * @throws IcebergError `limit` when the blocks inflate beyond the limit
   */
  eachValue(read: ReadValue): void
  /** The same, while large blocks are inflated beside this thread. */
  eachValueAside(read: ReadValue): Promise<void>
  /**
   * All values, as a view sees them.
   *
   * @throws IcebergError as {@link eachValue}, and `corrupt` when values are not what the view wants
   */
  values<Value>(view: View<Value>): Value[]
  /** The same, each decoded when it is taken. */
  valuesInTurn<Value>(view: View<Value>): Generator<Value, void, undefined>
}

/** Reads the value at whose start the reader is, and leaves the reader behind it. */
export type ReadValue = (reader: BinaryReader) => void

export interface ContainerLimits {
  /** {@link MAX_INFLATED_BYTES} when absent. */
  readonly maxInflatedBytes?: number
}

/**
 * Opens a container file. Byte arrays in its values are views of `bytes` or of an inflated block: neither may change.
 *
 * @throws IcebergError `corrupt` when the bytes are no such file
 * @throws IcebergError `unsupported` when it is encrypted, or compressed in a way that is not built yet
 */
export function openContainer(bytes: Uint8Array, limits: ContainerLimits = {}): Container {
  const header = opened.get(bytes) ?? readHeader(bytes)
  opened.set(bytes, header)
  const { type, property } = header
  const file = { ...header, maxInflatedBytes: limits.maxInflatedBytes ?? MAX_INFLATED_BYTES }
  return {
    property,
    type,
    eachValue: (read) => readBlocks(file, read),
    eachValueAside: (read) => readBlocksAside(file, read),
    values: (view) => [...readValues(file, view.against(type, 'value'))],
    valuesInTurn: (view) => readValues(file, view.against(type, 'value')),
  }
}

/** What stands before the blocks of a file, and where these are. */
interface Header extends Pick<Container, 'property' | 'type'> {
  readonly blocks: Uint8Array
  readonly sync: Uint8Array
  readonly codec: BlockCodec
}

/**
 * Headers of files that somebody still holds. Planning opens what its cache holds again and again, and a manifest of a few
 * files is mostly header: to read that again was a third of planning over 182 of them (8 ms of CPU, 5 without).
 */
const opened = new WeakMap<Uint8Array, Header>()

function readHeader(bytes: Uint8Array): Header {
  const reader = new BinaryReader(bytes)
  checkMagic(reader)
  const properties = readProperties(reader)
  const property = (name: string): string | undefined => textOf(properties.get(name))
  const sync = reader.fixed(SYNC_BYTES)
  const codec = blockCodec(property('avro.codec'))
  const schema = property('avro.schema')
  if (schema === undefined) throw new IcebergError('corrupt', 'Avro file has no schema')
  return { property, type: typeOf(schema), sync, codec, blocks: reader.fixed(reader.remaining) }
}

/** Characters of schemas that are remembered: the manifests of a table have few between them. */
const REMEMBERED_SCHEMAS = 1_000_000

const types = new BoundedCache<AvroType>(REMEMBERED_SCHEMAS)

function typeOf(schema: string): AvroType {
  const known = types.get(schema)
  if (known !== undefined) return known
  const type = parseAvroType(parseJson(schema))
  types.set(schema, type, schema.length)
  return type
}

/** Compressed bytes for which a thread of Node's is worth the way to it, some tenth of a millisecond. */
const ASIDE_BYTES = 32 * 1024

type Blocks = Pick<Header, 'blocks' | 'sync' | 'codec'> & Required<ContainerLimits>

function* readValues<Value>(
  file: Blocks,
  decode: Decode<Value>,
): Generator<Value, void, undefined> {
  for (const { block, count } of inflatedBlocks(file)) {
    const reader = new BinaryReader(block)
    for (let left = valuesIn(block, count); left > 0; left -= 1) yield decode(reader)
    checkAtEnd(reader, count)
  }
}

function readBlocks(file: Blocks, read: ReadValue): void {
  for (const { block, count } of inflatedBlocks(file)) readBlock(block, count, read)
}

function* inflatedBlocks(file: Blocks): Generator<{ count: bigint; block: Uint8Array }> {
  let budget = file.maxInflatedBytes
  for (const { count, bytes } of framedBlocks(file)) {
    const block = file.codec.inflate(bytes, budget)
    budget -= block.length
    yield { count, block }
  }
}

async function readBlocksAside(file: Blocks, read: ReadValue): Promise<void> {
  let budget = file.maxInflatedBytes
  for (const { count, bytes } of framedBlocks(file)) {
    const block =
      bytes.length < ASIDE_BYTES
        ? file.codec.inflate(bytes, budget)
        : await file.codec.inflateAside(bytes, budget)
    budget -= block.length
    readBlock(block, count, read)
  }
}

function* framedBlocks(file: Blocks): Generator<{ count: bigint; bytes: Uint8Array }> {
  const reader = new BinaryReader(file.blocks)
  while (reader.remaining > 0) {
    const count = reader.long()
    const bytes = reader.bytes()
    if (!equalBytes(reader.fixed(SYNC_BYTES), file.sync)) {
      throw new IcebergError('corrupt', 'Avro block does not end in the sync marker of its file')
    }
    yield { count, bytes }
  }
}

function readBlock(block: Uint8Array, count: bigint, read: ReadValue): void {
  const reader = new BinaryReader(block)
  for (let left = valuesIn(block, count); left > 0; left -= 1) read(reader)
  checkAtEnd(reader, count)
}

/** Each value takes a byte at least, so that no count can keep us busy for nothing. */
function valuesIn(block: Uint8Array, count: bigint): number {
  if (count >= 0n && count <= BigInt(block.length)) return Number(count)
  throw miscounted(count)
}

function checkAtEnd({ remaining }: BinaryReader, count: bigint): void {
  if (remaining > 0) throw miscounted(count)
}

function miscounted(count: bigint): IcebergError {
  return new IcebergError('corrupt', 'Avro block does not hold as many values as it says', {
    context: { values: count },
  })
}

function checkMagic(reader: BinaryReader): void {
  const magic = reader.fixed(MAGIC.length)
  if (equalBytes(magic, MAGIC)) return
  throw equalBytes(magic, ENCRYPTED_MAGIC)
    ? new IcebergError('unsupported', 'encrypted files cannot be read yet')
    : new IcebergError('corrupt', 'file is no Avro container')
}

/** Not all of them need be text. */
function readProperties(reader: BinaryReader): ReadonlyMap<string, Uint8Array> {
  const properties = new Map<string, Uint8Array>()
  for (let items = reader.blockCount(); items > 0; items = reader.blockCount()) {
    for (let left = items; left > 0; left -= 1) {
      properties.set(reader.string(), reader.bytes())
    }
  }
  return properties
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}

/** What a container file is to be. */
export interface ContainerForm {
  /** As it will stand in the header, field ids and all. */
  readonly schema: unknown
  readonly properties: ReadonlyMap<string, string>
  readonly encoder: Encoder
}

/** What goes into a container file. */
export interface ContainerContent extends ContainerForm {
  /** Values as `encoder` takes them. */
  readonly values: Iterable<unknown>
}

/** A container file that is being made. */
export interface ContainerWriter {
  /** Adds values, in blocks of their own. */
  add(values: Iterable<unknown>): void
  /** What the file would take if it ended here. */
  readonly sizeBytes: number
  /** The whole file. */
  finish(): Uint8Array
}

interface Framing {
  readonly header: Encoder
  readonly block: Encoder
}

let framing: Framing | null = null

/** Made when it is first needed, as avsc compiles code for each type. */
function framingTypes(): Framing {
  framing ??= {
    header: recordOf([
      { name: 'magic', type: { type: 'fixed', name: 'magic', size: MAGIC.length } },
      { name: 'meta', type: { type: 'map', values: 'bytes' } },
      SYNC_FIELD,
    ]),
    block: recordOf([
      { name: 'count', type: 'long' },
      { name: 'bytes', type: 'bytes' },
      SYNC_FIELD,
    ]),
  }
  return framing
}

const SYNC_FIELD = { name: 'sync', type: { type: 'fixed', name: 'sync', size: SYNC_BYTES } }

function recordOf(fields: readonly object[]): Encoder {
  return createEncoder({ type: 'record', name: 'frame', fields })
}

/** A whole file, deflated. Equal content gives equal bytes. */
export function writeContainer({ values, ...form }: ContainerContent): Uint8Array {
  const writer = openContainerWriter(form)
  writer.add(values)
  return writer.finish()
}

/** A file that is made piece by piece, in memory. Blocks are deflated as they come, so that their values need not be kept. */
export function openContainerWriter(form: ContainerForm): ContainerWriter {
  return new BlockWriter(form)
}

class BlockWriter implements ContainerWriter {
  readonly #framing = framingTypes()
  readonly #encoder: Encoder
  readonly #meta: Readonly<Record<string, Buffer>>
  readonly #blocks: { readonly count: bigint; readonly bytes: Buffer }[] = []
  #sizeBytes: number

  constructor(form: ContainerForm) {
    this.#encoder = form.encoder
    this.#meta = Object.fromEntries(
      Array.from(headerProperties(form), ([name, text]) => [name, Buffer.from(text)]),
    )
    this.#sizeBytes = this.#header(NO_SYNC).length
  }

  add(values: Iterable<unknown>): void {
    for (const { count, bytes } of encodeBlocks(this.#encoder, values)) {
      const one = { count: BigInt(count), bytes: deflateRawSync(bytes, { level: DEFLATE_LEVEL }) }
      this.#blocks.push(one)
      this.#sizeBytes += this.#framing.block.toBuffer({ ...one, sync: NO_SYNC }).length
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  finish(): Uint8Array {
    const sync = syncMarkerOf(this.#blocks.map(({ bytes }) => bytes))
    const { block } = this.#framing
    const framed = this.#blocks.map((one) => block.toBuffer({ ...one, sync }))
    return concatBytes([this.#header(sync), ...framed])
  }

  #header(sync: Buffer): Buffer {
    return this.#framing.header.toBuffer({ magic: MAGIC, meta: this.#meta, sync })
  }
}

/** In place of the marker, which is known at the end. */
const NO_SYNC = Buffer.alloc(SYNC_BYTES)

function headerProperties({ properties, schema }: ContainerForm): Map<string, string> {
  return new Map([...properties, ['avro.codec', 'deflate'], ['avro.schema', stringifyJson(schema)]])
}

/** Sixteen bytes that no block holds by chance. From the content rather than by chance, so that tests can repeat it. */
function syncMarkerOf(blocks: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const block of blocks) hash.update(block)
  return hash.digest().subarray(0, SYNC_BYTES)
}
