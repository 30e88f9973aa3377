/**
 * Macros around operands whose types decide whether the two engines mean the same, and the errors for what is refused at
 * once. Where types agree, or one side has none of its own, nothing is put around anything.
 */
import { IcebergError } from '../../base/errors.ts'
import type { ErrorKind } from '../../base/errors.ts'
import { literalOf } from './literals.ts'
import { MACRO_PREFIX } from './spark-macros.ts'
import { callNode, integerNode, isConstantOf, nodesBelow, textConstant } from './syntax-tree.ts'
import type { SqlNode, SyntaxTree } from './syntax-tree.ts'

/** Expressions as they were, and as they have become, one for one. */
export interface Operands {
  readonly before: readonly SqlNode[]
  readonly after: readonly SqlNode[]
}

type Facts = Readonly<Record<string, string>>

/** Text that reads as a number with a fraction: as an integer it would be rounded, in Spark cut off. */
const FRACTION = /^\s*[+-]?(?:\d+\.\d*|\.\d+|\d+(?:\.\d*)?[eE][+-]?\d+)\s*$/

/** Text that DuckDB takes for a date, and Spark does not. */
const ODD_DATE = /^\s*[+-]?(?:inf|epoch)/i

/** For the nodes of one tree, whose places go into what is said. */
export class Guards {
  readonly #offsets: SyntaxTree['offsets']
  readonly #base: number

  /** @param base what is added to the offsets that macros are given */
  constructor(tree: SyntaxTree, base: number) {
    this.#offsets = tree.offsets
    this.#base = base
  }

  /** A macro around an operand that refuses it at the place of `at`, or gives it back. */
  guard(macro: string, at: SqlNode, operand: SqlNode, others: readonly SqlNode[] = []): SqlNode {
    return { ...this.replace(macro, at, [operand, ...others]), alias: '' }
  }

  /** A macro in place of a node, which may refuse what it is given. */
  replace(macro: string, node: SqlNode, operands: readonly SqlNode[]): SqlNode {
    const place = integerNode(this.#base + (this.#offsetOf(node) ?? 0))
    return callNode(node, MACRO_PREFIX + macro, [...operands, place])
  }

  /**
   * Operands that are held against each other. DuckDB reads a literal as the type of what it is compared with, and a column
   * of text as a number when compared with one; both round where Spark does not.
   */
  compared(at: SqlNode, { before, after }: Operands): SqlNode[] {
    const texts = before.map(textConstant).filter((text) => text !== null)
    if (texts.length === before.length) return [...after]
    if (texts.length === 0) {
      const constants = before.filter(isConstant)
      const isHarmless = constants.length > 0 && constants.every(isSingle)
      return this.against(isHarmless ? 'alike_text' : 'alike', at, { before, after })
    }
    if (isMixed(before.slice(1))) throw this.unsupported('text beside another type', at)
    return after.map((operand, index) =>
      textConstant(before[index] ?? operand) === null
        ? texts.reduce((guarded, text) => this.#besideText(at, guarded, text), operand)
        : operand,
    )
  }

  /** Expressions one of which gives the value: Spark makes all of them text when one is, DuckDB the other way round. */
  branches(at: SqlNode, { before, after }: Operands): SqlNode[] {
    if (before.every((branch) => textConstant(branch) === null)) {
      return this.against('alike', at, { before, after })
    }
    return after.map((branch, index) => {
      const original = before[index] ?? branch
      const isFree = textConstant(original) !== null || isNull(original)
      return isFree ? branch : this.guard('only_text', at, branch)
    })
  }

  /**
   * Every operand held against one of them. A constant tells its own type, so it is the one if there is any, and constants
   * stay as they are.
   */
  against(macro: string, at: SqlNode, { before, after }: Operands): SqlNode[] {
    const constant = before.findIndex((operand) => isConstant(operand) && !isNull(operand))
    const fixed = constant < 0 ? before.findIndex((operand) => !isNull(operand)) : constant
    const other = after[fixed]
    if (other === undefined) return [...after]
    return after.map((operand, index) =>
      index === fixed || isConstant(before[index] ?? operand)
        ? operand
        : this.guard(macro, at, operand, [other]),
    )
  }

  unsupported(message: string, node: SqlNode, context: Facts = {}): IcebergError {
    return this.fault('unsupported', message, node, context)
  }

  fault(kind: ErrorKind, message: string, node: SqlNode, context: Facts = {}): IcebergError {
    const offset = this.#offsetOf(node)
    return new IcebergError(kind, message, {
      context: { ...context, ...(offset === undefined ? {} : { offset }) },
    })
  }

  #besideText(at: SqlNode, operand: SqlNode, text: string): SqlNode {
    if (FRACTION.test(text)) return this.guard('not_number', at, operand)
    return ODD_DATE.test(text) ? this.guard('not_time', at, operand) : operand
  }

  /** Of the node, or of the first below it: DuckDB keeps no place for some. */
  #offsetOf(node: SqlNode): number | undefined {
    for (const part of nodesBelow(node)) {
      const offset = this.#offsets.get(part)
      if (offset !== undefined) return offset
    }
    return undefined
  }
}

function isConstant(node: SqlNode): boolean {
  return node['class'] === 'CONSTANT'
}

function isNull(node: SqlNode): boolean {
  return isConstantOf(node, 'NULL')
}

/** Whether constants of text stand among others: each makes DuckDB read the others in its way. */
function isMixed(operands: readonly SqlNode[]): boolean {
  const constants = operands.filter((operand) => isConstant(operand) && !isNull(operand))
  const texts = constants.filter((constant) => textConstant(constant) !== null)
  return texts.length > 0 && texts.length < constants.length
}

/** Whether a constant is the same as a float: then it does not matter in which type it is compared. */
function isSingle(node: SqlNode): boolean {
  const literal = literalOf(node)
  if (literal?.kind !== 'exact') return true
  const value = Number(literal.text)
  return Math.fround(value) === value
}
