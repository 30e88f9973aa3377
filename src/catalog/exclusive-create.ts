import { isKind } from '../base/errors.ts'
import { neverLands } from '../io/object-store.ts'
import type { ObjectStore } from '../io/object-store.ts'
import { isOrWas } from './superseded-marker.ts'

/** What became of a create that decides a race. `unknown`: it may have landed, or may still land. */
export type CreateOutcome =
  | { readonly kind: 'created' }
  | { readonly kind: 'taken' }
  | { readonly kind: 'unknown'; readonly cause: unknown }

/**
 * Creates an object and says what became of it, whatever the store answered. `bytes` must be no one else's: they are how
 * a write is told from a rival's when the answer was lost, or came from a repetition of a request that had landed.
 *
 * Nothing under the name after a failure is no proof of failure, because the request may still be on its way.
 *
 * @throws IcebergError `invalid` or `unsupported` when the store refuses such a request altogether
 * @throws IcebergError `unavailable` when the store is certain that nothing has landed or will
 */
export async function createExclusively(
  store: ObjectStore,
  location: string,
  bytes: Uint8Array,
): Promise<CreateOutcome> {
  try {
    await store.put(location, bytes, 'create')
    return { kind: 'created' }
  } catch (error) {
    if (isKind(error, 'invalid') || isKind(error, 'unsupported')) throw error
    if (neverLands(error)) throw error
    return lookUp(store, location, bytes, error)
  }
}

async function lookUp(
  store: ObjectStore,
  location: string,
  bytes: Uint8Array,
  cause: unknown,
): Promise<CreateOutcome> {
  try {
    const found = await store.get(location)
    return { kind: isOrWas(found, bytes) ? 'created' : 'taken' }
  } catch {
    return { kind: 'unknown', cause }
  }
}
