// An output that is files: each write is one file, which is there whole or not at all, because that is how stores put objects.
// The mode says what becomes of those that are there:
//  - append: the file joins them, under the next number, or under the name of what is written: then a run that is repeated
//    replaces what it wrote before;
//  - overwrite: of a single file it takes the place and the name in one request; of others, by a note (`replacement.ts`).
// Writers of one folder take turns.
import type { RecordBatch } from 'apache-arrow'

import { unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { allCopies } from '../../formats/arrow/ordered-rows.ts'
import { joinLocation } from '../../io/location.ts'
import { buildSortOrder } from '../../layout/build-layout.ts'
import { checkHaveValues } from '../../types/without-values.ts'
import { sortedRows } from '../../write/sorted-rows.ts'
import { formatDatasetAddress } from '../address.ts'
import type { FilesPlace } from '../lake.ts'
import { announce, findReplacement, finish } from '../sources/replacement.ts'
import { formatOfName, listRowFiles } from '../sources/row-files.ts'
import type { FileOutput } from '../workflow/model.ts'
import { checkFileRows, putRowFile } from './row-file.ts'
import type { ViewRows, WriteContext } from './sink.ts'
import { sortTerms } from './table-layout.ts'
import type { FileResult, WrittenFile } from './write-output.ts'

/** The order of a file belongs to no table. */
const NO_ORDER_ID = 1

/** Writes the rows of a view as a file of a folder. */
export async function writeFileOutput(
  output: FileOutput,
  rows: ViewRows,
  context: WriteContext,
): Promise<FileResult> {
  const place = placeOf(output, context)
  checkFileOutput(output, rows.schema)
  const unfinished = await findReplacement(place, signalOf(context))
  if (unfinished !== null) await finish(place, unfinished, signalOf(context))
  const present = (await listRowFiles(place, signalOf(context))).map(({ name }) => name)
  if (!mayWrite(output, place, present)) {
    return { kind: 'files', target: place.location, file: null }
  }
  const file = await writeByMode(output, rows, { context, place, present })
  return { kind: 'files', target: place.location, file }
}

/**
 * What {@link writeFileOutput} refuses before it reads a row.
 *
 * @throws IcebergError `unsupported` for columns that files of the format cannot hold, `invalid` for an order by other ones
 */
export function checkFileOutput(output: FileOutput, schema: ViewRows['schema']): void {
  checkHaveValues(schema.fields, 'rows that have a column of this type are not written yet')
  checkFileRows(output, schema)
  orderOf(output, schema)
}

function placeOf(output: FileOutput, { lake }: WriteContext): FilesPlace {
  const place = lake.locateFiles(output.dataset)
  if (place !== null) return place
  throw new IcebergError(
    'invalid',
    'files are written to a depot of files, and this is one of tables',
    {
      context: { dataset: formatDatasetAddress(output.dataset), ...output.place },
    },
  )
}

/** @throws IcebergError `invalid` where something is there that must not be */
function mayWrite(
  { mode, place: where }: FileOutput,
  { location }: FilesPlace,
  present: readonly string[],
): boolean {
  if (present.length === 0 || mode === 'append' || mode === 'overwrite') return true
  if (mode === 'ignore') return false
  throw new IcebergError('invalid', 'there are files, and saveMode is errorIfExists', {
    context: { location, ...where },
  })
}

interface FileWrite {
  readonly context: WriteContext
  readonly place: FilesPlace
  /** Names of the files that are there. */
  readonly present: readonly string[]
}

async function writeByMode(
  output: FileOutput,
  rows: ViewRows,
  write: FileWrite,
): Promise<WrittenFile> {
  const { present } = write
  switch (output.mode) {
    case 'append':
      return append(output, rows, write)
    case 'overwrite': {
      const [only, ...others] = present
      if (only !== undefined && (others.length > 0 || !isNamedAs(only, output))) {
        return replace(output, rows, write)
      }
      return put(output, rows, { ...write, name: only ?? numbered(0, output) })
    }
    case 'error-if-exists':
    case 'ignore':
      return put(output, rows, { ...write, name: numbered(0, output) })
    default:
      return unreachable(output.mode)
  }
}

async function append(output: FileOutput, rows: ViewRows, write: FileWrite): Promise<WrittenFile> {
  checkAlike(output, write)
  const { exportName } = write.context
  const name =
    exportName === undefined
      ? numbered(nextNumber(write.present), output)
      : `part-${encodeURIComponent(exportName)}.${extensionOf(output)}`
  return put(output, rows, { ...write, name })
}

/** Who reads the folder reads all of it in one way. */
function checkAlike({ format, place: where }: FileOutput, { present, place }: FileWrite): void {
  const own = formatOfName(`.${format}`)
  if (present.every((name) => formatOfName(name) === own)) return
  throw new IcebergError('invalid', 'files of another format are there, which these cannot join', {
    context: { location: place.location, format, ...where },
  })
}

/** One file in place of several, or of one that its name says is of another kind. */
async function replace(output: FileOutput, rows: ViewRows, write: FileWrite): Promise<WrittenFile> {
  const { place, present, context } = write
  const by = numbered(nextNumber(present), output)
  const replacement = { by, replaced: present }
  await announce(place, replacement, signalOf(context))
  const file = await put(output, rows, { ...write, name: by })
  await finish(place, replacement, signalOf(context))
  return file
}

function put(
  output: FileOutput,
  rows: ViewRows,
  { place, name, context }: FileWrite & { readonly name: string },
): Promise<WrittenFile> {
  const { signal } = context
  return putRowFile(output, {
    store: place.store,
    location: joinLocation(place.location, name),
    rows: { schema: rows.schema, batches: ordered(output, rows, signal) },
    ...(signal === undefined ? {} : { signal }),
  })
}

function ordered(
  output: FileOutput,
  { schema, batches }: ViewRows,
  signal: AbortSignal | undefined,
): AsyncIterable<RecordBatch> {
  const order = orderOf(output, schema)
  if (order === null) return batches
  const request = { schema, order, ...(signal === undefined ? {} : { signal }) }
  return allCopies(sortedRows(batches, request))
}

function orderOf(
  output: FileOutput,
  schema: ViewRows['schema'],
): ReturnType<typeof buildSortOrder> | null {
  const terms = sortTerms(output)
  return terms === null ? null : buildSortOrder(schema, terms, NO_ORDER_ID)
}

const NUMBERED = /^part-(\d{5,})\./

function nextNumber(present: readonly string[]): number {
  const numbers = present.map((name) => Number(NUMBERED.exec(name)?.[1] ?? -1))
  return Math.max(-1, ...numbers) + 1
}

function numbered(number: number, output: FileOutput): string {
  return `part-${String(number).padStart(5, '0')}.${extensionOf(output)}`
}

function isNamedAs(name: string, output: FileOutput): boolean {
  return name.endsWith(`.${extensionOf(output)}`)
}

function extensionOf({ format }: FileOutput): string {
  return format
}

function signalOf({ signal }: WriteContext): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
