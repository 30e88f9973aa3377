/** By signal, what aborts with it. */
const followers = new WeakMap<AbortSignal, Set<AbortController>>()

/**
 * Aborts a controller when a signal is, for the same reason, until the function that is returned is called. It must be called in the end:
 * a signal may live as long as a stream, and what follows it lives as long.
 *
 * `AbortSignal.any` needs no end, but leaves a weak reference in the signal for good (Node 20: 54 bytes each, some for every batch).
 * And with a listener for each Node warns of a leak when there are more than ten at a time: so there is one for all.
 */
export function forwardAbort(
  signal: AbortSignal | undefined,
  controller: AbortController,
): () => void {
  if (signal === undefined) return () => undefined
  if (signal.aborted) {
    controller.abort(signal.reason)
    return () => undefined
  }
  const following = followersOf(signal)
  following.add(controller)
  return () => following.delete(controller)
}

function followersOf(signal: AbortSignal): Set<AbortController> {
  const known = followers.get(signal)
  if (known !== undefined) return known
  const made = new Set<AbortController>()
  const abortAll = (): void => {
    for (const controller of made) controller.abort(signal.reason)
  }
  signal.addEventListener('abort', abortAll, { once: true })
  followers.set(signal, made)
  return made
}
