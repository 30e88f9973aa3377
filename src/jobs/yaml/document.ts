/**
 * YAML text to a tree of values that know their place. The library is met only here: nesting is bounded before its
 * recursive composer sees it, aliases are refused (a few lines could stand for billions), and integers are exact.
 */

import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseDocument,
  Parser,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml'

import { stringifyJson } from '../../base/json-exact.ts'
import type { Faults, Place } from './faults.ts'

export type YamlValue = YamlMap | YamlList | YamlScalar

export interface YamlMap {
  readonly kind: 'map'
  readonly place: Place
  /** In file order, names distinct. */
  readonly entries: readonly YamlEntry[]
}

export interface YamlEntry {
  readonly name: string
  /** Where the name stands. */
  readonly place: Place
  readonly value: YamlValue
}

export interface YamlList {
  readonly kind: 'list'
  readonly place: Place
  readonly items: readonly YamlValue[]
}

export interface YamlScalar {
  readonly kind: 'scalar'
  readonly place: Place
  /** As YAML 1.2 reads it, so that `yes` and dates are text. */
  readonly value: string | bigint | number | boolean | null
  /** As it was written, without quotes: `1.10` stays `1.10`. */
  readonly source: string
}

/** Deeper than any file a person writes, and far from the end of the stack. */
const MAX_DEPTH = 100

/** The path of a whole document. */
const ROOT_PATH = '/'

/**
 * Reads one YAML 1.2 document; an empty one is the scalar null. Faults are noted; null when they leave no structure to go
 * on with.
 */
export function readYaml(text: string, faults: Faults): YamlValue | null {
  const lines = new LineCounter()
  const deep = offsetTooDeep(text, lines)
  if (deep !== null) {
    faults.invalid(placeAt(ROOT_PATH, deep, lines), 'nesting is too deep')
    return null
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    intAsBigInt: true,
    prettyErrors: false,
    stringKeys: true,
    // A `%YAML 1.1` line would otherwise bring back `yes` for true.
    schema: 'core',
    // Ours is linear, and knows the path.
    uniqueKeys: false,
  })
  for (const error of [...document.errors, ...document.warnings]) {
    faults.invalid(placeAt(ROOT_PATH, error.pos[0], lines), syntaxMessage(error))
  }
  if (document.errors.length > 0) return null
  return new TreeReader(lines, faults).read(document.contents, ROOT_PATH, 0)
}

/** The path of a named part: `a.b`, or `a["b.c"]` when the name would not read as one step. */
export function childPath(path: string, name: string): string {
  const parent = path === ROOT_PATH ? '' : path
  if (!/^[\w-]+$/.test(name)) return `${parent}[${stringifyJson(name)}]`
  return parent === '' ? name : `${parent}.${name}`
}

/** Where nesting passes the bound, or null. The parser keeps its own stack; only the composer recurses. */
function offsetTooDeep(text: string, lines: LineCounter): number | null {
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) void token
    if (parser.stack.length <= MAX_DEPTH) continue
    for (let start = 0; start !== -1; start = nextLine(text, start)) lines.addNewLine(start)
    return parser.offset
  }
  return null
}

/** Where the line after the one at `start` begins, or -1. */
function nextLine(text: string, start: number): number {
  return text.indexOf('\n', start) + 1 || -1
}

class TreeReader {
  readonly #lines: LineCounter
  readonly #faults: Faults

  constructor(lines: LineCounter, faults: Faults) {
    this.#lines = lines
    this.#faults = faults
  }

  /** `offset` is where the value would stand that was left out. */
  read(node: unknown, path: string, offset: number): YamlValue {
    if (isMap(node)) return this.#readMap(node, path, startOf(node, offset))
    if (isSeq(node)) {
      const start = startOf(node, offset)
      const items = node.items.map((item, index) => this.read(item, `${path}[${index}]`, start))
      return { kind: 'list', place: placeAt(path, start, this.#lines), items }
    }
    const place = placeAt(path, isNode(node) ? startOf(node, offset) : offset, this.#lines)
    if (isScalar(node)) return { kind: 'scalar', place, ...scalarOf(node) }
    if (isAlias(node)) this.#faults.unsupported(place, 'a YAML alias')
    return { kind: 'scalar', place, value: null, source: '' }
  }

  #readMap(node: YAMLMap, path: string, start: number): YamlMap {
    const entries = new Map<string, YamlEntry>()
    for (const { key, value } of node.items) {
      // `stringKeys` has refused every other kind of key.
      const name = isScalar(key) ? String(key.value) : ''
      const keyStart = isScalar(key) ? startOf(key, start) : start
      const place = placeAt(childPath(path, name), keyStart, this.#lines)
      if (entries.has(name)) this.#faults.invalid(place, 'is given twice')
      else entries.set(name, { name, place, value: this.read(value, place.path, keyStart) })
    }
    return { kind: 'map', place: placeAt(path, start, this.#lines), entries: [...entries.values()] }
  }
}

function startOf(node: { readonly range?: readonly number[] | null }, otherwise: number): number {
  return node.range?.[0] ?? otherwise
}

function scalarOf(node: Scalar): Pick<YamlScalar, 'value' | 'source'> {
  const { value } = node
  const source = node.source ?? ''
  switch (typeof value) {
    case 'string':
    case 'bigint':
    case 'number':
    case 'boolean':
      return { value, source }
    default:
      // Null, or bytes by an explicit tag, which no key of ours takes.
      return { value: value === null ? null : source, source }
  }
}

function placeAt(path: string, offset: number, lines: LineCounter): Place {
  const { line, col } = lines.linePos(offset)
  return { path, line, column: col }
}

/** What the library says, in our voice, without the piece of the file that it may quote. */
function syntaxMessage(error: YAMLError): string {
  if (error.code === 'MULTIPLE_DOCS') return 'a file holds one document'
  if (error.code === 'NON_STRING_KEY') return 'a key must be text'
  const message = error.message.split(': ')[0] ?? error.message
  return message.charAt(0).toLowerCase() + message.slice(1)
}
