import { readFileSync } from 'node:fs'

import { parseJson } from '../base/json-exact.ts'
import { readObject } from '../base/json-fields.ts'

/** The version of this package, which its manifest has. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return readObject(parseJson(text), 'package').string('version')
}
