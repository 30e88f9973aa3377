// Spark's statements about its cache, which older files write where a step has its query.
import { tokenize } from '../sql/spark-tokens.ts'
import type { SparkToken } from '../sql/spark-tokens.ts'

export type CacheStatement =
  /** The rows of a view are kept. `query` makes the view; null: it is there. */
  | { readonly kind: 'keep'; readonly view: string; readonly query: string | null }
  /** What was kept is let go: `view`, or everything. */
  | { readonly kind: 'release'; readonly view: string | null }

/**
 * The statement that a step has in place of a query; null for a query.
 *
 * @throws IcebergError what {@link tokenize} does
 */
export function parseCacheStatement(sql: string): CacheStatement | null {
  const words = new Words(sql)
  if (words.take('clear', 'cache')) return { kind: 'release', view: null }
  if (words.take('uncache', 'table')) {
    words.take('if', 'exists')
    return { kind: 'release', view: words.takeName() ?? '' }
  }
  if (!words.take('cache', 'table') && !words.take('cache', 'lazy', 'table')) return null
  const view = words.takeName() ?? ''
  if (words.take('options')) words.skipParentheses()
  words.take('as')
  return { kind: 'keep', view, query: words.rest() }
}

/** Walks over the beginning of a statement. */
class Words {
  readonly #sql: string
  readonly #tokens: readonly SparkToken[]
  #index = 0

  constructor(sql: string) {
    this.#sql = sql
    this.#tokens = tokenize(sql)
  }

  /** Takes the words if they are next, in any case. */
  take(...words: readonly string[]): boolean {
    const isNext = words.every((word, ahead) => this.#text(ahead)?.toLowerCase() === word)
    if (isNext) this.#index += words.length
    return isNext
  }

  takeName(): string | null {
    const token = this.#tokens[this.#index]
    if (token?.kind !== 'word' && token?.kind !== 'name') return null
    const name = token.kind === 'name' ? token.name : this.#text(0)
    this.#index += 1
    return name ?? null
  }

  skipParentheses(): void {
    let depth = 0
    do {
      if (this.#text(0) === '(') depth += 1
      if (this.#text(0) === ')') depth -= 1
      this.#index += 1
    } while (depth > 0 && this.#index < this.#tokens.length)
  }

  /** What has not been taken; null when that is nothing. */
  rest(): string | null {
    const next = this.#tokens[this.#index]
    return next === undefined ? null : this.#sql.slice(next.start)
  }

  #text(ahead: number): string | null {
    const token = this.#tokens[this.#index + ahead]
    return token === undefined ? null : this.#sql.slice(token.start, token.end)
  }
}
