import { IcebergError } from './errors.ts'
import { isInt32, isInt64 } from './integers.ts'

/**
 * Typed reads from the fields of one JSON object, as `parseJson` gives it. A read whose name begins with `optional` gives
 * undefined when the field is absent or null; the others require it.
 *
 * Every read throws `corrupt` with the full path when the field is missing or of another shape.
 */
export interface JsonFields {
  string(name: string): string
  optionalString(name: string): string | undefined
  /** A 64-bit integer. */
  long(name: string): bigint
  optionalLong(name: string): bigint | undefined
  /** A 32-bit integer. */
  int(name: string): number
  optionalInt(name: string): number | undefined
  /** An integer that a double holds exactly, such as milliseconds. */
  integer(name: string): number
  optionalInteger(name: string): number | undefined
  boolean(name: string): boolean
  optionalBoolean(name: string): boolean | undefined
  array(name: string): readonly unknown[]
  optionalArray(name: string): readonly unknown[] | undefined
  /** An object, to be read by {@link readObject} with {@link path}. */
  object(name: string): unknown
  optionalObject(name: string): unknown
  /** An object whose values are all strings, in the order of the document. */
  stringMap(name: string): ReadonlyMap<string, string>
  optionalStringMap(name: string): ReadonlyMap<string, string> | undefined
  /** The field as it stands; undefined when absent. */
  unknown(name: string): unknown
  /** Names of all fields present, in the order of the document. */
  names(): readonly string[]
  /** Where a field sits in the document: `items[0].created-ms`. */
  path(name: string): string
}

/**
 * Opens a JSON object for typed reads.
 *
 * @param path where in the document this value sits, for messages; empty for the document itself
 * @throws IcebergError `corrupt` when `json` is no object
 */
export function readObject(json: unknown, path: string): JsonFields {
  return new ObjectFields(objectAt(json, path), path)
}

type Read<Result> = (value: unknown, path: string) => Result

class ObjectFields implements JsonFields {
  readonly #object: object
  readonly #path: string

  constructor(object: object, path: string) {
    this.#object = object
    this.#path = path
  }

  string(name: string): string {
    return this.#required(name, stringAt)
  }
  optionalString(name: string): string | undefined {
    return this.#optional(name, stringAt)
  }
  long(name: string): bigint {
    return this.#required(name, longAt)
  }
  optionalLong(name: string): bigint | undefined {
    return this.#optional(name, longAt)
  }
  int(name: string): number {
    return this.#required(name, intAt)
  }
  optionalInt(name: string): number | undefined {
    return this.#optional(name, intAt)
  }
  integer(name: string): number {
    return this.#required(name, integerAt)
  }
  optionalInteger(name: string): number | undefined {
    return this.#optional(name, integerAt)
  }
  boolean(name: string): boolean {
    return this.#required(name, booleanAt)
  }
  optionalBoolean(name: string): boolean | undefined {
    return this.#optional(name, booleanAt)
  }
  array(name: string): readonly unknown[] {
    return this.#required(name, arrayAt)
  }
  optionalArray(name: string): readonly unknown[] | undefined {
    return this.#optional(name, arrayAt)
  }
  object(name: string): unknown {
    return this.#required(name, objectAt)
  }
  optionalObject(name: string): unknown {
    return this.#optional(name, objectAt)
  }
  stringMap(name: string): ReadonlyMap<string, string> {
    return this.#required(name, stringMapAt)
  }
  optionalStringMap(name: string): ReadonlyMap<string, string> | undefined {
    return this.#optional(name, stringMapAt)
  }

  unknown(name: string): unknown {
    return ownValue(this.#object, name)
  }

  names(): readonly string[] {
    return Object.keys(this.#object)
  }

  path(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }

  #required<Result>(name: string, read: Read<Result>): Result {
    const value = ownValue(this.#object, name)
    if (value === undefined) {
      throw new IcebergError('corrupt', 'required field is missing', {
        context: { path: this.path(name) },
      })
    }
    return read(value, this.path(name))
  }

  #optional<Result>(name: string, read: Read<Result>): Result | undefined {
    const value = ownValue(this.#object, name)
    return value === undefined || value === null ? undefined : read(value, this.path(name))
  }
}

/** What an object inherits is no field of the document. */
function ownValue(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined
}

/** @throws IcebergError `corrupt` when the value is no string */
export function stringAt(value: unknown, path: string): string {
  if (typeof value !== 'string') throw wrongShape('a string', path)
  return value
}

/** @throws IcebergError `corrupt` when the value is no 64-bit integer */
export function longAt(value: unknown, path: string): bigint {
  const integer = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
  if (typeof integer !== 'bigint' || !isInt64(integer)) throw wrongShape('a 64-bit integer', path)
  return integer
}

/** @throws IcebergError `corrupt` when the value is no 32-bit integer */
export function intAt(value: unknown, path: string): number {
  if (typeof value !== 'number' || !isInt32(value)) throw wrongShape('a 32-bit integer', path)
  return value
}

/** @throws IcebergError `corrupt` when the value is no integer below 2^53 */
function integerAt(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw wrongShape('an integer below 2^53', path)
  }
  return value
}

/** @throws IcebergError `corrupt` when the value is no boolean */
export function booleanAt(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw wrongShape('a boolean', path)
  return value
}

/** @throws IcebergError `corrupt` when the value is no array */
export function arrayAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrongShape('an array', path)
  return value
}

function objectAt(value: unknown, path: string): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongShape('an object', path)
  }
  return value
}

function stringMapAt(value: unknown, path: string): ReadonlyMap<string, string> {
  const entries = Object.entries(objectAt(value, path))
  return new Map(entries.map(([key, item]) => [key, stringAt(item, `${path}.${key}`)]))
}

function wrongShape(expected: string, path: string): IcebergError {
  return new IcebergError('corrupt', `field is not ${expected}`, { context: { path } })
}
