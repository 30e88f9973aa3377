// What is kept of groups in a file: a line of JSON that says whose it is, and then batches of Arrow, each of which is a stream of
// its own. A million groups with a text and two sums are some 60 MB.
import type { Data, RecordBatch, Schema as ArrowSchema } from 'apache-arrow'

import { concatBytes } from '../../../base/bytes.ts'
import { IcebergError } from '../../../base/errors.ts'
import { parseJson, stringifyJson } from '../../../base/json-exact.ts'
import { readObject } from '../../../base/json-fields.ts'
import type { JsonFields } from '../../../base/json-fields.ts'
import { decodeUtf8, encodeUtf8 } from '../../../base/unicode.ts'
import { createColumnBuilder } from '../../../formats/arrow/column-builders.ts'
import { columnsOf, makeBatch } from '../../../formats/arrow/column-data.ts'
import { columnReader } from '../../../formats/arrow/columns.ts'
import { arrowSchemaOf } from '../../../formats/arrow/schema.ts'
import { batchOfBytes, partsOfBatch } from '../../../formats/arrow/stored-batch.ts'
import type { AggregatePlan } from './aggregate-plan.ts'
import type { StoredColumn } from './stored-column.ts'
import { WindowGroups } from './window-groups.ts'

export async function formatWindows(
  groups: WindowGroups,
  { identity }: Pick<AggregatePlan, 'identity'>,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const sizes: number[] = []
  for (const batch of batchesOf(groups)) {
    const partsNow = await partsOfBatch(batch)
    sizes.push(totalLength(partsNow))
    parts.push(...partsNow)
  }
  const head = { v: FORMAT, aggregate: identity, groups: groups.count, sizes }
  return concatBytes([encodeUtf8(`${stringifyJson(head)}\n`), ...parts])
}

function totalLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

/** Few enough that large texts fit, and that a batch more is no matter. */
const BATCH_GROUPS = 8192

function* batchesOf({ stored, count }: WindowGroups): Generator<RecordBatch> {
  const schema = storedSchema(stored)
  const builders = stored.map(({ type }) => createColumnBuilder(type))
  for (let start = 0; start < count; start += BATCH_GROUPS) {
    const end = Math.min(count, start + BATCH_GROUPS)
    for (const [index, { get }] of stored.entries()) {
      for (let group = start; group < end; group += 1) builders[index]?.append(get(group))
    }
    const columns = builders.map((builder) => builder.finish())
    yield makeBatch(schema, columns, end - start)
  }
}

const FORMAT = 1

/**
 * The groups that a file keeps.
 *
 * @throws IcebergError `invalid` when they are of another aggregate
 * @throws IcebergError `unsupported` when a later version of the library wrote it
 * @throws IcebergError `corrupt` when the bytes are no such file
 */
export function parseWindows(bytes: Uint8Array, plan: AggregatePlan): WindowGroups {
  const headEnd = bytes.indexOf(NEWLINE)
  if (headEnd < 0) throw damaged()
  const head = readObject(parseJson(decodeUtf8(bytes.subarray(0, headEnd))), '')
  checkHead(head, plan)
  const groups = new WindowGroups(plan)
  groups.begin(head.integer('groups'), () => restore(groups, head, bytes.subarray(headEnd + 1)))
  return groups
}

const NEWLINE = 0x0a

function checkHead(head: JsonFields, { identity }: AggregatePlan): void {
  if (head.integer('v') !== FORMAT) {
    throw new IcebergError('unsupported', 'open windows were kept by another version of frazil')
  }
  const kept = head.string('aggregate')
  if (kept === identity) return
  throw new IcebergError(
    'invalid',
    'the aggregate is another one than that which left windows open: change it back, or say by `frazil stream reset` where the stream shall begin',
    { context: { kept, now: identity } },
  )
}

function restore({ stored, count }: WindowGroups, head: JsonFields, bytes: Uint8Array): void {
  const schema = storedSchema(stored)
  let [at, first] = [0, 0]
  for (const size of head.array('sizes').map(Number)) {
    // Buffers of a batch begin where their elements may.
    const batch = readArrow(() => batchOfBytes(bytes.slice(at, at + size), schema))
    for (const [index, column] of columnsOf(batch).entries())
      restoreColumn(stored[index], column, first)
    at += size
    first += batch.numRows
  }
  if (at !== bytes.length || first !== count) throw damaged()
}

function restoreColumn(stored: StoredColumn | undefined, column: Data, first: number): void {
  if (stored === undefined) throw damaged()
  const read = columnReader(stored.type, column)
  for (let row = 0; row < column.length; row += 1) stored.set(first + row, read(row))
}

function storedSchema(stored: readonly StoredColumn[]): ArrowSchema {
  const fields = stored.map(({ type }, index) => ({
    id: index + 1,
    name: `c${index}`,
    required: false,
    type,
  }))
  return arrowSchemaOf({ fields })
}

/** Arrow has errors of its own for bytes that are none. */
function readArrow<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw damaged(error)
  }
}

function damaged(cause?: unknown): IcebergError {
  return new IcebergError('corrupt', 'open windows cannot be read', { cause })
}
