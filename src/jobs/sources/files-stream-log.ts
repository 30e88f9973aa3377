// What a stream of files remembers: of each batch, which files it is. A position is the number of a list, and a hash of it, so that a
// table tells when the log beside it is not the one that its rows came by.
import { createHash } from 'node:crypto'

import { IcebergError } from '../../base/errors.ts'
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { readObject } from '../../base/json-fields.ts'
import type { RequestOptions } from '../../io/object-store.ts'
import { schemaFromJson, schemaToJson } from '../../types/schema-json.ts'
import type { Schema } from '../../types/schema.ts'
import type { RowFile } from './row-files.ts'
import type { SourceLog, StreamOffset } from './stream-source.ts'

/** An entry of the log. */
export interface FileList {
  readonly files: readonly RowFile[]
  /** The columns that the first file was found to have; null in all entries but the first, and where a schema was declared. */
  readonly schema: Schema | null
}

/** An entry, and the position behind it. */
export interface LoggedList extends FileList {
  readonly position: StreamOffset
}

/** Before all entries. */
export const LOG_START: StreamOffset = { log: 0 }

/** The lists of a stream. */
export class FileLog {
  readonly #log: SourceLog

  constructor(log: SourceLog) {
    this.#log = log
  }

  /** Entry `n`; null when there is none. */
  async get(n: number, options: RequestOptions): Promise<LoggedList | null> {
    const text = await this.#log.get(n, options)
    return text === null ? null : logged(n, text)
  }

  /** Makes entry `n`, unless somebody else has: gives the list that counts. */
  async create(n: number, list: FileList, options: RequestOptions): Promise<LoggedList> {
    return logged(n, await this.#log.create(n, listToText(list), options))
  }

  /** As {@link SourceLog.lookAnew}. */
  lookAnew(): void {
    this.#log.lookAnew()
  }

  /** Entries 1 to `last`. */
  async *entries(last: number, options: RequestOptions): AsyncGenerator<FileList> {
    let n = 0
    for await (const text of this.#log.entries(last, options)) yield listFromText(text, (n += 1))
  }

  /**
   * The number of the entry that a position stands behind.
   *
   * @throws IcebergError `not-found` when there is no such entry, `invalid` when it is another one
   */
  async numberOf(position: StreamOffset, options: RequestOptions): Promise<number> {
    const { sha256 } = position
    const n = entryOf(position)
    if (n === 0) return 0
    const text = await this.#log.get(n, options)
    if (text === null) throw lost(n)
    if (hashOf(text) === sha256) return n
    throw new IcebergError(
      'invalid',
      'the log of files is not the one that the position is from: give the stream the checkpoint folder that it had',
      { context: { entry: n } },
    )
  }
}

/**
 * The number that a position has, whether or not there is such an entry.
 *
 * @throws IcebergError `invalid` when it has none
 */
export function entryOf({ log: n }: StreamOffset): number {
  if (typeof n === 'number' && Number.isSafeInteger(n) && n >= 0) return n
  throw new IcebergError('invalid', 'the position is none of a stream of files')
}

/** @throws IcebergError that says that an entry is missing which there was */
export function lost(n: number): IcebergError {
  return new IcebergError(
    'not-found',
    'the list of files that the position stands on is missing: was the checkpoint folder removed?',
    { context: { entry: n } },
  )
}

function logged(n: number, text: string): LoggedList {
  return { ...listFromText(text, n), position: { log: n, sha256: hashOf(text) } }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Its files lie below one folder, which is written once. */
function listToText({ files, schema }: FileList): string {
  const [first] = files
  return stringifyJson({
    folder: first === undefined ? '' : first.location.slice(0, -first.name.length - 1),
    files: files.map(({ name, sizeBytes, modifiedMs }) => ({
      name,
      size: sizeBytes,
      modified: modifiedMs,
    })),
    ...(schema === null ? {} : { schema: schemaToJson(schema) }),
  })
}

function listFromText(text: string, n: number): FileList {
  const list = readObject(parseJson(text), `entry ${n}`)
  const folder = list.string('folder')
  const schema = list.optionalObject('schema')
  return {
    files: list.array('files').map((json, index) => {
      const file = readObject(json, `${list.path('files')}[${index}]`)
      const name = file.string('name')
      const [sizeBytes, modifiedMs] = [file.integer('size'), file.integer('modified')]
      return { name, location: `${folder}/${name}`, sizeBytes, modifiedMs }
    }),
    schema: schema === undefined ? null : schemaFromJson(schema, list.path('schema')),
  }
}
