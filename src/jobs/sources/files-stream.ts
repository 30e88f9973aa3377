// Files as a stream: whatever comes to lie in a folder is read once, file by file.
import type { RecordBatch } from 'apache-arrow'

import { IcebergError, withContext } from '../../base/errors.ts'
import { parseGlob } from '../../base/glob.ts'
import { openStores } from '../../client/open-stores.ts'
import type { BadRow } from '../../formats/text/bad-row.ts'
import { absoluteLocation } from '../../io/absolute-location.ts'
import type { ObjectStore, RequestOptions } from '../../io/object-store.ts'
import type { Schema } from '../../types/schema.ts'
import { fileRows, fileSchema, namedBatches, withFileName } from './file-rows.ts'
import type { RowReading } from './file-rows.ts'
import { FileLog, LOG_START, entryOf, lost } from './files-stream-log.ts'
import type { FileList, LoggedList } from './files-stream-log.ts'
import { NewFiles } from './files-stream-news.ts'
import { filesSettings } from './files-stream-options.ts'
import type { FilesOptions, FilesSettings } from './files-stream-options.ts'
import { checkLandingFolder } from './landing-folder.ts'
import { findFile, formatOfName, isHidden } from './row-files.ts'
import type { RowFile } from './row-files.ts'
import type {
  NextOffset,
  OffsetRange,
  OpenStream,
  ReadOptions,
  StreamAmount,
  StreamContext,
  StreamOffset,
  StreamOrigin,
  StreamSource,
} from './stream-source.ts'

/**
 * The files of a folder, or of a pattern such as `landing/*.json`, each of them once, by its path. Hidden ones, whose names begin
 * with `_` or `.`, and unfinished ones, whose names end in `.tmp`, are passed over. A link ends the stream: it is not followed.
 *
 * On this machine the folder must be there when the stream is run, and may be empty; an object store has no folders, and a stream that
 * finds nothing below the name only warns of it.
 *
 * The stream needs a checkpoint folder: it is where the files of each batch are noted down before they are read.
 *
 * @throws IcebergError `invalid` for options that do not go together
 */
export function files(pattern: string, options: FilesOptions = {}): StreamSource {
  const location = absoluteLocation(pattern)
  const settings = filesSettings(options)
  return {
    description: `files of ${location}`,
    origin: originOf(location),
    open: (context) => openFilesStream(location, settings, context),
  }
}

function originOf(pattern: string): StreamOrigin {
  const { base, reaches } = parseGlob(pattern)
  return { kind: 'files', folder: base, reaches: (folder) => !isHidden(folder) && reaches(folder) }
}

async function openFilesStream(
  pattern: string,
  settings: FilesSettings,
  { environment, log, onWarning, signal }: StreamContext,
): Promise<OpenStream> {
  if (log === null) {
    throw new IcebergError(
      'invalid',
      'a stream of files needs a checkpoint folder, to note down which files it has had',
      { context: { files: pattern } },
    )
  }
  const { options, order } = settings
  const { s3 } = options
  const store = options.store ?? openStores({ environment, ...(s3 === undefined ? {} : { s3 }) })
  const { latestFirst = false, minAgeMs = 0 } = options
  const wanted = { store, pattern, order, latestFirst, minAgeMs, environment }
  const news = new NewFiles(wanted)
  const isKnown = await checkLandingFolder(store, news.folder)
  const onNothing = (): void => {
    if (!isKnown) onWarning?.(NOTHING_LANDED, { files: pattern })
  }
  const opened = { store, settings, news, log: new FileLog(log), onNothing }
  const schema =
    options.schema ?? (await pinnedSchema(opened, signal === undefined ? {} : { signal }))
  return new FilesStream(opened, schema)
}

const NOTHING_LANDED =
  'nothing lies where the stream looks for files: check the name, of which an object store cannot say whether it is right'

interface Opened {
  readonly store: ObjectStore
  readonly settings: FilesSettings
  readonly news: NewFiles
  readonly log: FileLog
  /** Told that nothing has ever landed. */
  readonly onNothing: () => void
}

/** The columns of the first file that anybody found: they are the first entry of the log, so that they stay. */
async function pinnedSchema(opened: Opened, options: RequestOptions): Promise<Schema> {
  const { news, log } = opened
  const first =
    (await log.get(1, options)) ?? (await log.create(1, await firstList(opened, options), options))
  if (first.schema !== null) return first.schema
  throw new IcebergError(
    'invalid',
    'the stream began with a schema that was declared: declare it again',
    { context: { files: news.folder } },
  )
}

async function firstList(
  { news, store, settings }: Opened,
  options: RequestOptions,
): Promise<FileList> {
  const [file] = await news.list(options)
  if (file === undefined) {
    throw new IcebergError(
      'not-found',
      'there is no file yet that says which columns there are: declare a schema',
      { context: { files: news.folder } },
    )
  }
  const schema = await located(file, () =>
    fileSchema(file, readingOf(file, store, settings), options),
  )
  return { files: [], schema }
}

/** @throws IcebergError `invalid` when neither the options nor the name say what a file is */
function readingOf(
  { name }: RowFile,
  store: ObjectStore,
  { options, csv }: FilesSettings,
): RowReading {
  const format = options.format ?? formatOfName(name)
  if (format === null) {
    throw new IcebergError(
      'invalid',
      'the name of a file does not say what it is: set format, or a pattern that leaves it out',
    )
  }
  const { schema = null, multiLine = false } = options
  return { store, format, schema, csv, multiLine }
}

class FilesStream implements OpenStream {
  readonly schema: Schema
  /** Those of {@link schema} that are in the files. */
  readonly #columns: Schema
  readonly #opened: Opened
  /** Up to which entry the log was read for the files that it has. */
  #seenEntries = 0
  #hasTold = false
  /** The entry that the last batch was asked for behind. */
  #standing = 0

  constructor(opened: Opened, columns: Schema) {
    this.schema = withFileName(columns, opened.settings.options.inputFileName ?? null)
    this.#columns = columns
    this.#opened = opened
  }

  /** Behind the entry that has nothing but the columns, where there is one. */
  async initialOffset(options: RequestOptions = {}): Promise<StreamOffset> {
    const first = await this.#opened.log.get(1, options)
    return first !== null && first.files.length === 0 ? first.position : LOG_START
  }

  async nextOffset(
    start: StreamOffset,
    limit: 'limited' | 'all',
    options: RequestOptions = {},
  ): Promise<NextOffset | null> {
    options.signal?.throwIfAborted()
    const { log } = this.#opened
    if (entryOf(start) < this.#standing) await this.#lookAnew(options)
    this.#standing = entryOf(start)
    let n = await log.numberOf(start, options)
    let end: StreamOffset | null = null
    // A list that is there is the batch: of a run that was stopped, of another one beside this, or from before a rollback.
    for (let list = await log.get(n + 1, options); list !== null;) {
      n += 1
      end = list.position
      if (limit === 'limited') return { end, notes: [] }
      list = await log.get(n + 1, options)
    }
    const list = await this.#newList(n, limit, options)
    if (list !== null) end = list.position
    return end === null ? null : { end, notes: [] }
  }

  async amount(range: OffsetRange, options: RequestOptions = {}): Promise<StreamAmount> {
    let count = 0n
    for await (const list of this.#lists(range, options)) count += BigInt(list.files.length)
    return { count, unit: 'file' }
  }

  freeze(options: RequestOptions = {}): Promise<void> {
    return this.#opened.news.freeze(options)
  }

  async *read(
    range: OffsetRange,
    { onBad, ...options }: ReadOptions = {},
  ): AsyncGenerator<RecordBatch> {
    options.signal?.throwIfAborted()
    for await (const list of this.#lists(range, options)) {
      for (const file of list.files) {
        for await (const batch of this.#fileBatches(file, {
          ...options,
          ...(onBad === undefined ? {} : { onBad }),
        })) {
          if (batch.numRows > 0) yield batch
        }
      }
    }
  }

  async *#lists({ start, end }: OffsetRange, options: RequestOptions): AsyncGenerator<LoggedList> {
    const { log } = this.#opened
    const first = (await log.numberOf(start, options)) + 1
    const last = await log.numberOf(end, options)
    for (let n = first; n <= last; n += 1) {
      const list = await log.get(n, options)
      if (list === null) throw lost(n)
      yield list
    }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /** Who was moved back may have been reset: then the log is empty, but for the columns that this stream has, and no file was had. */
  async #lookAnew(options: RequestOptions): Promise<void> {
    const { log, news, settings } = this.#opened
    log.lookAnew()
    news.forget()
    this.#seenEntries = 0
    if (settings.options.schema === undefined) {
      await log.create(1, { files: [], schema: this.#columns }, options)
    }
  }

  /** Makes the entry after `n`, the last one, of files that are in none of them. */
  async #newList(
    n: number,
    limit: 'limited' | 'all',
    options: RequestOptions,
  ): Promise<LoggedList | null> {
    const { log, news, store, settings } = this.#opened
    await this.#seeEntries(n, options)
    const limits = limit === 'all' ? { maxFiles: Infinity, maxBytes: Infinity } : settings.limits
    const found = await news.next(limits, options)
    if (found.length === 0) {
      if (n === 0) this.#tellNothing()
      return null
    }
    for (const file of found) await located(file, async () => readingOf(file, store, settings))
    const made = await log.create(n + 1, { files: found, schema: null }, options)
    news.see(made.files)
    this.#seenEntries = n + 1
    return made
  }

  #tellNothing(): void {
    if (this.#hasTold) return
    this.#hasTold = true
    this.#opened.onNothing()
  }

  async #seeEntries(last: number, options: RequestOptions): Promise<void> {
    if (this.#seenEntries === last) return
    const { log, news } = this.#opened
    for await (const { files: listed } of log.entries(last, options)) news.see(listed)
    this.#seenEntries = last
  }

  async *#fileBatches(
    listed: RowFile,
    { onBad, ...options }: ReadOptions,
  ): AsyncGenerator<RecordBatch> {
    const { store, settings } = this.#opened
    const { onMissingFile = 'fail', inputFileName } = settings.options
    const file = await findFile({ store, location: listed.location }, options)
    if (file === null && onMissingFile === 'skip') return
    checkSame(listed, file)
    const tell = ({ line, error, record }: BadRow): void =>
      onBad?.({ place: `${listed.location}:${line}`, reason: reasonOf(error), record })
    try {
      const batches = fileRows(
        { ...file, name: listed.name },
        this.#columns,
        readingOf(listed, store, settings),
        {
          ...options,
          onBad: onBad === undefined ? undefined : tell,
        },
      )
      yield* inputFileName === undefined ? batches : namedBatches(batches, this.schema, listed)
    } catch (error) {
      throw withContext(error, { file: listed.location })
    }
  }
}

/** What was read of a file before may be in a table already, so it must be what it was. When it was written says nothing of that. */
function checkSame(listed: RowFile, file: RowFile | null): asserts file is RowFile {
  const context = { file: listed.location }
  if (file === null) {
    throw new IcebergError(
      'not-found',
      'a file of the batch is gone: bring it back, or set onMissingFile (in job files ignoreMissingFiles) to pass over it',
      { context },
    )
  }
  if (file.sizeBytes === listed.sizeBytes) return
  throw new IcebergError(
    'not-found',
    'a file of the batch is not what it was when it was found: bring that back; or remove it, set onMissingFile (in job files ignoreMissingFiles) to pass over it, and bring what it is now under another name',
    { context: { ...context, sizeBytes: file.sizeBytes, foundBytes: listed.sizeBytes } },
  )
}

function reasonOf({ message, context }: IcebergError): string {
  const { path, column } = context
  if (typeof path === 'string' && path !== '') return `${message}: ${path}`
  return typeof column === 'number' ? `${message}: column ${column}` : message
}

/** Faults of a file come with its name. */
async function located<Result>(
  { location }: RowFile,
  read: () => Promise<Result>,
): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    throw withContext(error, { file: location })
  }
}
