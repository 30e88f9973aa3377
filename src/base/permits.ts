import { assert } from './assert.ts'

/** A number of things that may be under way at once. Who comes first is served first. */
export class Permits {
  readonly #waiting: (() => void)[] = []
  #free: number

  /** @param count at least 1 */
  constructor(count: number) {
    assert(count >= 1, 'there is at least one permit')
    this.#free = count
  }

  /** Waits for a permit. It is given back by a call of what is returned; further calls of that have no effect. */
  async acquire(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    let isHeld = true
    return () => {
      if (isHeld) this.#release()
      isHeld = false
    }
  }

  /** A permit that someone waits for goes straight to them, so that nobody overtakes. */
  #release(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}
