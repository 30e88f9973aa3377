/** What the names in a query stand for. Names are found without case. */
import type { SparkColumn } from './spark-types.ts'

/** Rows that a query reads under a name. */
export interface Relation {
  /** What may stand before a column, in lower case; empty when nothing may. */
  readonly qualifier: string
  readonly columns: readonly SparkColumn[]
  /** Columns, in lower case, that are only found with the qualifier before them: a join has merged them with others. */
  readonly merged?: ReadonlySet<string>
}

/** A column, and the fields of a struct that lead on from it. */
export interface FoundColumn {
  readonly column: SparkColumn
  /** How many of the names were for the column. */
  readonly nameCount: number
}

export type Lookup = FoundColumn | 'none' | 'ambiguous'

export class Scope {
  readonly relations: readonly Relation[]
  readonly #parent: Scope | null
  /** Columns of the query itself, which come after those that it reads, or before them. */
  readonly #own: readonly SparkColumn[]
  readonly #ownFirst: boolean

  constructor(
    relations: readonly Relation[],
    parent: Scope | null = null,
    own: { readonly columns: readonly SparkColumn[]; readonly first: boolean } = {
      columns: [],
      first: false,
    },
  ) {
    this.relations = relations
    this.#parent = parent
    this.#own = own.columns
    this.#ownFirst = own.first
  }

  /** The same with columns of the query itself. */
  withOwn(columns: readonly SparkColumn[], order: 'first' | 'last'): Scope {
    return new Scope(this.relations, this.#parent, { columns, first: order === 'first' })
  }

  find(names: readonly string[]): Lookup {
    const folded = names.map((name) => name.toLowerCase())
    const own = (): Lookup => unique(namedColumns(this.#own, folded[0] ?? ''), 1)
    const read = (): Lookup => this.#findRead(folded)
    const order = this.#ownFirst ? [own, read] : [read, own]
    for (const look of order) {
      const found = look()
      if (found !== 'none') return found
    }
    return this.#parent?.find(names) ?? 'none'
  }

  #findRead(names: readonly string[]): Lookup {
    const [first = '', second] = names
    const qualified =
      second === undefined
        ? []
        : this.relations
            .filter(({ qualifier }) => qualifier === first)
            .flatMap(({ columns }) => namedColumns(columns, second))
    if (qualified.length > 0) return unique(qualified, 2)
    return unique(
      this.relations.flatMap(({ columns, merged }) =>
        merged?.has(first) === true ? [] : namedColumns(columns, first),
      ),
      1,
    )
  }
}

function namedColumns(columns: readonly SparkColumn[], name: string): SparkColumn[] {
  return columns.filter((column) => column.name.toLowerCase() === name)
}

function unique(columns: readonly SparkColumn[], nameCount: number): Lookup {
  const [column, second] = columns
  if (column === undefined) return 'none'
  return second === undefined ? { column, nameCount } : 'ambiguous'
}
