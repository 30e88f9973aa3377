import { IcebergError } from '../base/errors.ts'

/** A table's name within a catalog. */
export interface TableIdentifier {
  /** At least one part. */
  readonly namespace: readonly string[]
  readonly name: string
}

/** What file systems take as one name. */
const MAX_NAME_BYTES = 255

/** Letters and digits of any script, `_` and `-` inside: nothing that a file system, a URI or a pattern reads otherwise. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_-]*$/u

/** The folder that makes a folder a table's, so that a namespace called so would be taken for part of a table. */
const RESERVED_NAME = 'metadata'

/**
 * Reads `city.rides`, or `eu.city.rides` for a namespace in a namespace.
 *
 * @throws IcebergError `invalid` when there is no namespace, or when a part is not a name (see {@link isName})
 */
export function parseIdentifier(text: string): TableIdentifier {
  const parts = text.split('.')
  const name = parts.at(-1) ?? ''
  const identifier = { namespace: parts.slice(0, -1), name }
  checkIdentifier(identifier)
  return identifier
}

/** The text that {@link parseIdentifier} reads. */
export function formatIdentifier(identifier: TableIdentifier): string {
  return [...identifier.namespace, identifier.name].join('.')
}

export function sameIdentifier(left: TableIdentifier, right: TableIdentifier): boolean {
  return formatIdentifier(left) === formatIdentifier(right)
}

/** @throws IcebergError `invalid` unless there is a namespace, and all parts are names */
export function checkIdentifier(identifier: TableIdentifier): void {
  if (identifier.namespace.length === 0) {
    refuse('table name has no namespace', formatIdentifier(identifier))
  }
  checkNames([...identifier.namespace, identifier.name])
}

/** @throws IcebergError `invalid` unless all are names */
export function checkNames(names: readonly string[]): void {
  const wrong = names.find((name) => !isName(name))
  if (wrong !== undefined) refuse('name is not allowed in a catalog', wrong)
}

/**
 * Whether something can be the name of a table or a namespace: letters, digits, `_` and `-`, not first a `-`, composed
 * (Unicode NFC, so that one name has one spelling), at most 255 bytes of UTF-8, and not `metadata`.
 */
export function isName(name: string): boolean {
  return (
    NAME.test(name) &&
    name === name.normalize('NFC') &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES &&
    name !== RESERVED_NAME
  )
}

function refuse(message: string, name: string): never {
  throw new IcebergError('invalid', message, { context: { name } })
}
