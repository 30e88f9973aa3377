interface Held<Value> {
  readonly value: Value
  readonly weight: number
}

/** Values by key, those that were used last, up to a total weight. */
export class BoundedCache<Value> {
  readonly #maxWeight: number
  /** The one that was used longest ago comes first. */
  readonly #held = new Map<string, Held<Value>>()
  #weight = 0

  constructor(maxWeight: number) {
    this.#maxWeight = maxWeight
  }

  /** Undefined when there is none, or none any more. */
  get(key: string): Value | undefined {
    const held = this.#held.get(key)
    if (held === undefined) return undefined
    this.#held.delete(key)
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
    this.#held.set(key, { value, weight })
    this.#weight += weight
    for (const oldest of this.#held.keys()) {
      if (this.#weight <= this.#maxWeight) return
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    this.#weight -= this.#held.get(key)?.weight ?? 0
    this.#held.delete(key)
  }
}
