interface Held<Value> {
  readonly value: Value
  readonly weight: number
  /** When it was used last, in milliseconds. */
  usedMs: number
}

/** How long values are held that nobody uses. */
export interface IdleRule {
  readonly maxIdleMs: number
  readonly nowMs: () => number
}

const FOR_EVER: IdleRule = { maxIdleMs: Number.POSITIVE_INFINITY, nowMs: () => 0 }

/** Values by key, those that were used last, up to a total weight and for a time. */
export class BoundedCache<Value> {
  readonly #maxWeight: number
  /** The one that was used longest ago comes first. */
  readonly #held = new Map<string, Held<Value>>()
  readonly #idle: IdleRule
  #weight = 0

  /** @param idle when what nobody uses is let go of, which is looked at when something new comes; never when absent */
  constructor(maxWeight: number, idle: IdleRule = FOR_EVER) {
    this.#maxWeight = maxWeight
    this.#idle = idle
  }

  /** Undefined when there is none, or none any more. */
  get(key: string): Value | undefined {
    const held = this.#held.get(key)
    if (held === undefined) return undefined
    this.#held.delete(key)
    held.usedMs = this.#idle.nowMs()
    this.#held.set(key, held)
    return held.value
  }

  /**
   * Keeps a value in place of any of the same key, and lets go of others until it fits. One that never fits is not kept.
   *
   * @param weight 0 or more
   */
  set(key: string, value: Value, weight: number): void {
    this.#drop(key)
    if (weight > this.#maxWeight) return
    const usedMs = this.#idle.nowMs()
    this.#held.set(key, { value, weight, usedMs })
    this.#weight += weight
    for (const [oldest, held] of this.#held) {
      const isIdle = usedMs - held.usedMs > this.#idle.maxIdleMs
      if (!isIdle && this.#weight <= this.#maxWeight) return
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    this.#weight -= this.#held.get(key)?.weight ?? 0
    this.#held.delete(key)
  }
}
