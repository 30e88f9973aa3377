/** Numbers one after the other, eight bytes each: an array that grows would at times hold them twice among garbage. */
export class NumberList {
  #values = new Float64Array(1024)

  /** 0 where nothing was set. */
  get(index: number): number {
    return this.#values[index] ?? 0
  }

  /** @param index any from 0 on */
  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const longer = new Float64Array(Math.max(index + 1, this.#values.length * 2))
      longer.set(this.#values)
      this.#values = longer
    }
    this.#values[index] = value
  }
}
