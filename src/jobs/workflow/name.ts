import { parse } from 'node:path'

import type { Fields } from '../yaml/fields.ts'

/** Longer ones do not fit the labels that schedulers make of them. */
const MAX_NAME_LENGTH = 47

/** `name`, found under `key`, after noting whatever keeps it from being one that other tools can use as a label. */
export function checkedName(fields: Fields, key: string, name: string): string {
  // An empty one has been noted where it was read.
  if (name !== '' && !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    fields.invalid(key, 'must be lowercase letters, digits and inner dashes, a letter first')
  }
  if (name.length > MAX_NAME_LENGTH) {
    fields.invalid(key, `must have ${MAX_NAME_LENGTH} characters at most`)
  }
  return name
}

/** A name for what has none, as near to that of its file as a label can be. */
export function nameOfFile(path: string | null): string {
  const label = parse(path ?? '')
    .name.toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, MAX_NAME_LENGTH)
    .replace(/-+$/, '')
  return label === '' ? 'workflow' : label
}
