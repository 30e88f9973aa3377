import type { Finding } from './finding.ts'

/** How many findings of one check are kept: who damaged a thousand files is told so by their number. */
const KEPT_A_CHECK = 100

/** What was found so far. Holds a bounded number of findings, and counts all. */
export class Findings {
  readonly #kept: Finding[] = []
  readonly #counts = new Map<string, number>()
  #damages = 0

  add(...found: readonly Finding[]): void {
    for (const finding of found) {
      const count = (this.#counts.get(finding.check) ?? 0) + 1
      this.#counts.set(finding.check, count)
      if (finding.severity === 'damage') this.#damages += 1
      if (count <= KEPT_A_CHECK) this.#kept.push(finding)
    }
  }

  get kept(): readonly Finding[] {
    return this.#kept
  }

  /** By the name of the check, those that are not kept too. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  get isSound(): boolean {
    return this.#damages === 0
  }
}
