import { assert } from '../base/assert.ts'
import { withContext } from '../base/errors.ts'
import { bindHoles } from './sql/holes.ts'
import type { IncrementalKey } from './workflow/model.ts'

/**
 * A value for each key, in list order: the stored one, else what its `sql` gives with the keys before it bound in, else its
 * `default`.
 *
 * @param stored values that earlier runs left; names that are no key are passed over
 * @param evaluate runs a query without holes that gives one value, and gives that as text
 * @throws whatever `evaluate` does, with the key's name in the context
 */
export async function resolveKeys(
  keys: readonly IncrementalKey[],
  stored: ReadonlyMap<string, string>,
  evaluate: (sql: string) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>()
  for (const key of keys) {
    values.set(key.name, stored.get(key.name) ?? (await compute(key, values, evaluate)))
  }
  return values
}

async function compute(
  key: IncrementalKey,
  values: ReadonlyMap<string, string>,
  evaluate: (sql: string) => Promise<string>,
): Promise<string> {
  try {
    if (key.sql !== null) return await evaluate(bindHoles(key.sql, values))
  } catch (error) {
    throw withContext(error, { key: key.name })
  }
  assert(key.default !== null, 'a key has sql or default')
  return key.default
}
