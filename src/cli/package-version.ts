import { readFileSync } from 'node:fs'

import { parseJson } from '../base/json-exact.ts'
import { readObject } from '../base/json-fields.ts'

/** The version of this package, which its manifest has. It is found by name, wherever a build puts this code. */
export function packageVersion(): string {
  const text = readFileSync(new URL(import.meta.resolve('frazil/package.json')), 'utf8')
  return readObject(parseJson(text), 'package').string('version')
}
