// The Arrow IPC stream of one batch, put together around buffers that are there already: parquet-wasm's own way copies them
// three times on their way out. A message is a FlatBuffer and then the buffers that it speaks of, each at a multiple of
// eight bytes. The FlatBuffer is always of the same form, so that all its offsets are known:
//
//      0  root: where the message begins          48  vtable of the batch
//      4  vtable of the message                   64  batch: length, where its two lists are
//     16  message: header, body length, kind      84  nodes: 16 bytes each; then buffers: 16 bytes each
import type { ExportedBatch } from './exported-batch.ts'

const MESSAGE_VTABLE = 4
const MESSAGE = 16
const BATCH_VTABLE = 48
const BATCH = 64
const NODES = 84

const VERSION_5 = 4
const RECORD_BATCH = 3
const CONTINUATION = 0xffffffff

/** What a stream ends with. */
const END_BYTES = 8

/**
 * @param schema an IPC stream without batches
 * @returns the parts of the stream of `schema` and `batch`, one after the other, the buffers of the batch among them
 */
export function ipcBatch(schema: Uint8Array, batch: ExportedBatch): readonly Uint8Array[] {
  const body = batch.buffers.flatMap((bytes) => [bytes, PADDING.subarray(0, -bytes.length & 7)])
  return [withoutEnd(schema), messageOf(batch), ...body]
}

const PADDING = new Uint8Array(8)

function withoutEnd(stream: Uint8Array): Uint8Array {
  const end = stream.length - END_BYTES
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length)
  const isEnded = end >= 0 && view.getUint32(end, true) === CONTINUATION && isZero(view, end + 4)
  return isEnded ? stream.subarray(0, end) : stream
}

function isZero(view: DataView, at: number): boolean {
  return view.getUint32(at, true) === 0
}

/** With the mark and the length that come before a message. */
function messageOf({ rowCount, nodes, buffers }: ExportedBatch): Uint8Array {
  // A list is preceded by its length, and its items begin at a multiple of eight.
  const bufferList = NODES + 8 + 16 * nodes.length
  const size = bufferList + 4 + 16 * buffers.length
  const bytes = new Uint8Array(8 + size)
  const prefix = new DataView(bytes.buffer)
  prefix.setUint32(0, CONTINUATION, true)
  prefix.setInt32(4, size, true)
  const view = new DataView(bytes.buffer, 8)
  view.setUint32(0, MESSAGE, true)
  // Size of the vtable and of the table, then where the fields are: version, kind of header, header, body length.
  setShorts(view, MESSAGE_VTABLE, [12, 20, 16, 18, 4, 8])
  view.setInt32(MESSAGE, MESSAGE - MESSAGE_VTABLE, true)
  view.setUint32(MESSAGE + 4, BATCH - (MESSAGE + 4), true)
  view.setInt16(MESSAGE + 16, VERSION_5, true)
  view.setUint8(MESSAGE + 18, RECORD_BATCH)
  // The fields: length, nodes, buffers.
  setShorts(view, BATCH_VTABLE, [10, 20, 8, 4, 16])
  view.setInt32(BATCH, BATCH - BATCH_VTABLE, true)
  view.setUint32(BATCH + 4, NODES - (BATCH + 4), true)
  setLong(view, BATCH + 8, rowCount)
  view.setUint32(BATCH + 16, bufferList - (BATCH + 16), true)
  setPairs(view, NODES, nodes)
  setLong(view, MESSAGE + 8, setPlaces(view, bufferList, buffers))
  return bytes
}

/** Where the buffers lie in the body. @returns how long that is */
function setPlaces(view: DataView, at: number, buffers: readonly Uint8Array[]): number {
  let end = 0
  const places = buffers.map(({ length }) => {
    const start = end
    end += length + (-length & 7)
    return [start, length] as const
  })
  setPairs(view, at, places)
  return end
}

function setPairs(view: DataView, at: number, pairs: readonly (readonly [number, number])[]): void {
  view.setUint32(at, pairs.length, true)
  pairs.forEach(([first, second], index) => {
    setLong(view, at + 4 + 16 * index, first)
    setLong(view, at + 12 + 16 * index, second)
  })
}

function setShorts(view: DataView, at: number, values: readonly number[]): void {
  values.forEach((value, index) => view.setUint16(at + 2 * index, value, true))
}

function setLong(view: DataView, at: number, value: number): void {
  view.setBigInt64(at, BigInt(value), true)
}
