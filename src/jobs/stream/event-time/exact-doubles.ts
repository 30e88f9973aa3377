// Sums of doubles that are the same in whatever order they are added: nothing is rounded before the end. A sum is a double,
// what was lost when numbers were added to that (Knuth's two-sum finds it), and what no longer fitted there either, which is
// a number of any size and rarely needed: where the numbers of a sum are more than some 2^50 apart.
import { addScaled, nearestDouble, scaledOf, ZERO } from './exact-quotient.ts'
import type { Scaled } from './exact-quotient.ts'
import { scaledFromText, scaledToText } from './scaled-text.ts'
import { DOUBLE, TEXT } from './stored-column.ts'
import type { StoredColumn } from './stored-column.ts'

/** Beyond it a double is not added up as one: no step of the two-sum may overflow. */
const LARGE = 2 ** 1020

export class ExactDoubles {
  /** Not finite from the first value on that is not; then the others do not count. */
  #high: number[] = []
  #low: number[] = []
  #rest = new Map<number, Scaled>()

  readonly stored: readonly StoredColumn[] = [
    {
      type: DOUBLE,
      get: (index) => this.#high[index] ?? 0,
      set: (index, high) => {
        this.#high[index] = Number(high)
      },
    },
    {
      type: DOUBLE,
      get: (index) => this.#low[index] ?? 0,
      set: (index, low) => {
        this.#low[index] = Number(low)
      },
    },
    {
      type: TEXT,
      get: (index) => {
        const rest = this.#rest.get(index)
        return rest === undefined ? null : scaledToText(rest)
      },
      set: (index, text) => {
        if (typeof text === 'string') this.#rest.set(index, scaledFromText(text))
      },
    },
  ]

  /** Begins one more sum, of nothing. */
  begin(): void {
    this.#high.push(0)
    this.#low.push(0)
  }

  add(index: number, value: number): void {
    const high = this.#high[index] ?? 0
    if (!Number.isFinite(value) || !Number.isFinite(high)) {
      this.#high[index] = beyondNumbers(high, value)
      return
    }
    const sum = high + value
    if (Math.abs(value) > LARGE || Math.abs(sum) > LARGE) {
      this.#spill(index, value)
      return
    }
    this.#high[index] = sum
    const lost = lostBy(high, value, sum)
    if (lost === 0) return
    const low = this.#low[index] ?? 0
    const lowSum = low + lost
    this.#low[index] = lowSum
    const rest = lostBy(low, lost, lowSum)
    if (rest !== 0) this.#spill(index, rest)
  }

  /** The double that is nearest to the sum; that of zeros is 0, whatever their signs. */
  total(index: number): number {
    const high = this.#high[index] ?? 0
    if (!Number.isFinite(high)) return high
    return this.#rest.has(index)
      ? nearestDouble(this.#exact(index))
      : high + (this.#low[index] ?? 0)
  }

  /** The double that is nearest to the sum divided by a count. */
  mean(index: number, count: number): number {
    const high = this.#high[index] ?? 0
    const isOne = this.#low[index] === 0 && !this.#rest.has(index)
    if (isOne || !Number.isFinite(high)) return high / count
    return nearestDouble(this.#exact(index), BigInt(count))
  }

  /** Drops all sums but these, which come in this order. */
  keep(indices: readonly number[]): void {
    const [high, low, rest] = [this.#high, this.#low, this.#rest]
    this.#high = indices.map((index) => high[index] ?? 0)
    this.#low = indices.map((index) => low[index] ?? 0)
    this.#rest = new Map(
      rest.size === 0
        ? []
        : indices.flatMap((index, place) => {
            const kept = rest.get(index)
            return kept === undefined ? [] : [[place, kept] as const]
          }),
    )
  }

  #spill(index: number, value: number): void {
    this.#rest.set(index, addScaled(this.#rest.get(index) ?? ZERO, scaledOf(value)))
  }

  #exact(index: number): Scaled {
    const doubles = addScaled(scaledOf(this.#high[index] ?? 0), scaledOf(this.#low[index] ?? 0))
    return addScaled(doubles, this.#rest.get(index) ?? ZERO)
  }
}

/** What was rounded away in `sum = left + right`, exactly. */
function lostBy(left: number, right: number, sum: number): number {
  const added = sum - left
  return left - (sum - added) + (right - added)
}

/** Infinities of one sign stay, of both are NaN, as is all that is added to it. */
function beyondNumbers(high: number, value: number): number {
  if (Number.isFinite(value)) return high
  return Number.isFinite(high) ? value : high + value
}
