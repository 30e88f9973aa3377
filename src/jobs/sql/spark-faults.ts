/** Errors with the place of what is wrong. */
import { IcebergError } from '../../base/errors.ts'
import type { ErrorKind } from '../../base/errors.ts'
import { stringifyJson } from '../../base/json-exact.ts'
import { integerNode, nodesBelow } from './syntax-tree.ts'
import type { SqlNode, SyntaxTree } from './syntax-tree.ts'

type Facts = Readonly<Record<string, string>>

/** For the nodes of one tree. */
export class Faults {
  readonly #offsets: SyntaxTree['offsets']
  readonly #base: number
  readonly #places = new Map<string, number>()

  /** @param base what is added to the places that macros are given */
  constructor(tree: SyntaxTree, base: number) {
    this.#offsets = tree.offsets
    this.#base = base
  }

  /** What is not known here, or would mean something else. */
  unsupported(message: string, node: SqlNode, context: Facts = {}): IcebergError {
    return this.#fault('unsupported', message, node, context)
  }

  /** What is wrong in Spark too. */
  invalid(message: string, node: SqlNode, context: Facts = {}): IcebergError {
    return this.#fault('invalid', message, node, context)
  }

  /**
   * The place of a node, as macros take it that may refuse a value. Of equal nodes all have that of the first: what is
   * grouped by must be the same as what is selected.
   */
  place(node: SqlNode): SqlNode {
    const text = stringifyJson({ ...node, alias: '' }).replaceAll(/"query_location":\d+/g, '')
    const offset = this.#places.get(text) ?? this.offsetOf(node) ?? 0
    this.#places.set(text, offset)
    return integerNode(this.#base + offset)
  }

  /** Of the node, or of the first below it: DuckDB keeps no place for some. */
  offsetOf(node: SqlNode): number | undefined {
    for (const part of nodesBelow(node)) {
      const offset = this.#offsets.get(part)
      if (offset !== undefined) return offset
    }
    return undefined
  }

  /** Of the node itself. */
  ownOffsetOf(node: SqlNode): number | undefined {
    return this.#offsets.get(node)
  }

  #fault(kind: ErrorKind, message: string, node: SqlNode, context: Facts): IcebergError {
    const offset = this.offsetOf(node)
    return new IcebergError(kind, message, {
      context: { ...context, ...(offset === undefined ? {} : { offset }) },
    })
  }
}
