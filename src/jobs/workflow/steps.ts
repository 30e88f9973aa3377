import { findHoles } from '../sql/holes.ts'
import type { Fields } from '../yaml/fields.ts'
import type { Place } from '../yaml/faults.ts'
import { readAggregate } from './aggregate.ts'
import type { DeclaredAggregate } from './aggregate.ts'
import { parseCacheStatement } from './cache-statement.ts'
import type { CacheStatement } from './cache-statement.ts'
import { readCommands } from './commands.ts'
import type { Companions } from './companions.ts'
import { readFunctions } from './functions.ts'
import type { FunctionCall, Input, Step } from './model.ts'
import { viewsRead } from './sql-outline.ts'
import { includesName, viewFault } from './view-names.ts'
import type { ViewScope } from './view-names.ts'
import { SEQUENCE_ITEM } from './vocabulary.ts'

/** The views that a job makes. */
export interface StepList {
  readonly steps: readonly Step[]
  /** What comes after them; null for nothing. */
  readonly windows: WindowStep | null
  /** Names of views that steps read. */
  readonly read: readonly string[]
}

/** The last item of all, where it makes windows. */
export interface WindowStep extends DeclaredAggregate {
  readonly name: string
  readonly place: Place
}

/** The items of all `sequence`s, one after the other, with their names and what they read checked. */
export function readSteps(
  blocks: readonly Fields[],
  inputs: readonly Input[],
  companions: Companions,
): StepList {
  const items = blocks
    .flatMap((block) => block.requiredMaps('sequence', SEQUENCE_ITEM))
    .map((fields) => readItem(fields, companions))
  const scoped = items.map((item, index) => ({ item, scope: scopeAt(index, items, inputs) }))
  for (const { item, scope } of scoped) checkName(item, scope, inputs)
  const read = scoped.flatMap(({ item, scope }) => checkQuery(item, scope))
  const kept = scoped.flatMap(({ item, scope }) => checkKept(item, scope))
  return { steps: items.flatMap((item) => stepOf(item, kept)), windows: windowsIn(items), read }
}

function windowsIn(items: readonly SequenceItem[]): WindowStep | null {
  for (const { windows, fields } of items.slice(0, -1)) {
    if (windows === null) continue
    fields.invalid(
      'aggregate',
      'windows come last: take the steps after them to a job that reads their table',
    )
  }
  const last = items.at(-1)
  const windows = last?.windows ?? null
  if (last === undefined || windows === null) return null
  return { ...windows, name: last.view, place: last.fields.placeOf('name') }
}

/** One item of a `sequence`. */
interface SequenceItem {
  readonly fields: Fields
  /** The view that it makes; `''`: none, or one whose name has a fault. */
  readonly view: string
  /** What the view is made of; `''`: it makes none, or a fault was noted. */
  readonly sql: string
  readonly sqlPlace: Place
  readonly functions: readonly FunctionCall[]
  /** What it makes in place of a query; null for a query. */
  readonly windows: DeclaredAggregate | null
  /** Views whose rows are to be kept. */
  readonly keeps: readonly { readonly view: string; readonly place: Place }[]
}

function readItem(fields: Fields, companions: Companions): SequenceItem {
  if (fields.has('aggregate')) return readWindows(fields)
  const name = fields.text('name')
  const { sql, place } = readSql(fields, companions)
  const statement = fields.faults.attempt(place, null, () => parseCacheStatement(sql))
  const { view, query } = statement === null ? { view: name, query: sql } : viewMade(statement)
  const functions = readFunctions(fields)
  if (query === null && fields.has('functions')) {
    fields.invalid('functions', 'this step makes no view to apply functions to')
  }
  const commanded = readCommands(fields)
  const cached = statement?.kind === 'keep' ? [{ view: statement.view, place }] : []
  return {
    fields,
    view,
    sql: query ?? '',
    sqlPlace: place,
    functions,
    windows: null,
    keeps: [...cached, ...commanded],
  }
}

function readWindows(fields: Fields): SequenceItem {
  return {
    fields,
    view: fields.text('name'),
    sql: '',
    sqlPlace: fields.placeOf('aggregate'),
    functions: [],
    windows: readAggregate(fields),
    keeps: readCommands(fields),
  }
}

/** What a statement about the cache makes besides. */
function viewMade(statement: CacheStatement): {
  readonly view: string
  readonly query: string | null
} {
  const query = statement.kind === 'keep' ? statement.query : null
  return { view: query === null ? '' : (statement.view ?? ''), query }
}

function readSql(fields: Fields, companions: Companions): { sql: string; place: Place } {
  if (fields.has('classpath')) {
    fields.invalid('classpath', 'names a class of a JVM, and there is none: use sql and functions')
    return { sql: '', place: fields.placeOf('classpath') }
  }
  if (!fields.has('sqlFile')) return { sql: fields.text('sql'), place: fields.placeOf('sql') }
  const place = fields.placeOf('sqlFile')
  if (fields.has('sql')) fields.invalid('sqlFile', 'sql and sqlFile cannot both be given')
  const path = fields.text('sqlFile')
  const sql = path === '' ? null : fields.faults.attempt(place, null, () => companions.read(path))
  if (sql?.trim() === '') fields.invalid('sqlFile', 'the file has no query in it')
  return { sql: sql ?? '', place }
}

function scopeAt(
  index: number,
  items: readonly SequenceItem[],
  inputs: readonly Input[],
): ViewScope {
  const views = items.map((item) => item.view)
  return {
    known: [...inputs.map((input) => input.name), ...views.slice(0, index)].filter(isName),
    later: views.slice(index),
    contexts: inputs.flatMap((input) => input.incremental?.context ?? []),
  }
}

function isName(name: string): boolean {
  return name !== ''
}

function checkName(
  { fields, view }: SequenceItem,
  scope: ViewScope,
  inputs: readonly Input[],
): void {
  const names = inputs.map((input) => input.name)
  if (includesName(names, view)) fields.invalid('name', 'an input has this name')
  else if (includesName(scope.known, view)) fields.invalid('name', 'an earlier step has this name')
  if (includesName(scope.contexts, view)) {
    fields.invalid('name', 'an incremental input has this name for its context')
  }
}

/** @returns the views that the query reads */
function checkQuery({ fields, sql, sqlPlace }: SequenceItem, scope: ViewScope): readonly string[] {
  const { faults } = fields
  const outline = faults.attempt(sqlPlace, null, () => ({
    holes: findHoles(sql),
    views: viewsRead(sql),
  }))
  const [hole] = outline?.holes ?? []
  if (hole !== undefined) {
    faults.invalid(sqlPlace, `$|${hole.name}| has no value here: keys are for incremental.sql`)
  }
  const views = outline?.views ?? []
  for (const view of views) {
    const fault = viewFault(view, scope)
    if (fault !== null) faults.invalid(sqlPlace, fault)
  }
  return views
}

/** @returns the names of the views that are kept */
function checkKept(
  { fields, view: own, keeps }: SequenceItem,
  scope: ViewScope,
): readonly string[] {
  for (const { view, place } of keeps) {
    const fault = viewFault(view, { ...scope, known: [...scope.known, own] })
    if (fault !== null) fields.faults.invalid(place, fault)
  }
  return keeps.map(({ view }) => view)
}

function stepOf(item: SequenceItem, kept: readonly string[]): readonly Step[] {
  const { fields, view, sql, sqlPlace, functions } = item
  if (sql === '') return []
  const place = fields.placeOf('name')
  return [{ name: view, sql, functions, isCached: includesName(kept, view), place, sqlPlace }]
}
