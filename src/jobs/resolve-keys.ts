import { assert } from '../base/assert.ts'
import { movedOffset, placed } from './error-place.ts'
import { boundText } from './sql/holes.ts'
import type { IncrementalKey } from './workflow/model.ts'

/**
 * A value for each key, in list order: the stored one, else what its `sql` gives with the keys before it bound in, else its
 * `default`.
 *
 * @param stored values that earlier runs left; names that are no key are passed over
 * @param evaluate runs a query without holes that gives one value, and gives that as text
 * @throws whatever `evaluate` does, with the key's name in the context, and where in the file its query stands
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
  const { name, sql, default: fallback, sqlPlace } = key
  if (sql !== null) {
    return placed({ key: name, ...sqlPlace }, () => boundValue(sql, values, evaluate))
  }
  assert(fallback !== null, 'a key has sql or default')
  return fallback
}

/** The value of a query with holes. Errors come with the `offset` in the query as it is written. */
export async function boundValue(
  sql: string,
  values: ReadonlyMap<string, string>,
  evaluate: (sql: string) => Promise<string>,
): Promise<string> {
  const { text, offsetOf } = boundText(sql, values)
  try {
    return await evaluate(text)
  } catch (error) {
    throw movedOffset(error, offsetOf)
  }
}
