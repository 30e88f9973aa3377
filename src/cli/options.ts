// The options that several commands share, as the command line spells them.
import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'

import type { Relocation } from '../io/relocating-store.ts'
import type { AppendsOptions } from '../scan/incremental.ts'

export interface ConfigOption {
  /** A configuration file; the nearest `frazil.yaml` upward of the working folder when absent. */
  readonly config?: string
}

/** How a command that reads finds its table. */
export interface TableOptions extends ConfigOption {
  readonly relocate?: readonly Relocation[]
}

/** Which version of a table: one of them at the most. */
export interface SnapshotOptions {
  readonly snapshot?: bigint
  readonly asOf?: string
  readonly ref?: string
}

/** Rows appended in a range of the table's history: `(since, until]`, each an id or a time. */
export interface RangeOptions extends Pick<
  AppendsOptions,
  'overwriteSnapshots' | 'deleteSnapshots'
> {
  readonly since?: string
  readonly until?: string
}

/** Which rows and which version of a table, alike for `scan` and `files`. */
export interface SelectorOptions extends TableOptions, SnapshotOptions, RangeOptions {
  readonly where?: string
  readonly select?: string
  readonly limit?: number
}

export function addConfigOption(command: Command): Command {
  return command.option(
    '--config <file>',
    'configuration; the nearest frazil.yaml upward when absent',
  )
}

export function addTableOptions(command: Command): Command {
  return addConfigOption(command).option(
    '--relocate <from=to>',
    'where files of a copied table are now; repeatable',
    (text, previous?: readonly Relocation[]) => [...(previous ?? []), parseRelocation(text)],
  )
}

export function addSelectorOptions(command: Command): Command {
  const described = addTableOptions(command)
    .option('--where <predicate>', `rows to keep: "city = 'Oslo' and fare > 10.00"`)
    .option('--select <columns>', 'columns to give: a,b.c; also _file, _pos and the like')
  return addRangeOptions(addSnapshotOptions(described)).option(
    '--limit <rows>',
    'end after so many rows',
    parseRows,
  )
}

function addRangeOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--since <id|time>',
        'only rows appended after this snapshot or time, in the history of --ref',
      ).conflicts(['snapshot', 'asOf']),
    )
    .option('--until <id|time>', 'with --since: only rows appended up to this snapshot or time')
    .addOption(
      new Option(
        '--overwrite-snapshots <what>',
        'with --since, what snapshots that overwrote rows are: an error, nothing, or the rows that they added',
      ).choices(['throw', 'skip', 'added']),
    )
    .addOption(
      new Option(
        '--delete-snapshots <what>',
        'with --since, what snapshots that deleted rows are: an error, or nothing',
      ).choices(['throw', 'skip']),
    )
    .hook('preAction', (_, action) => checkRange(action))
}

/** What narrows a range needs one. */
function checkRange(command: Command): void {
  const { since, until, overwriteSnapshots, deleteSnapshots }: RangeOptions = command.opts()
  if (since !== undefined || (until ?? overwriteSnapshots ?? deleteSnapshots) === undefined) return
  command.error(
    "error: options '--until', '--overwrite-snapshots' and '--delete-snapshots' need '--since <id|time>'",
  )
}

export function addSnapshotOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--snapshot <id>', 'read this snapshot')
        .argParser(parseId)
        .conflicts(['asOf', 'ref']),
    )
    .addOption(
      new Option(
        '--as-of <time>',
        'read the table as it stood then: ISO 8601 with an offset, or milliseconds since the epoch',
      ).conflicts('ref'),
    )
    .option('--ref <name>', 'read this branch or tag')
}

/** The two sides of `NAME=VALUE`, at the first `=`. */
export function parsePair(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new InvalidArgumentError('It has two sides with = between them.')
}

function parseRelocation(text: string): Relocation {
  const [from, to] = parsePair(text)
  return { from, to }
}

/** The id of a snapshot. */
export function parseId(text: string): bigint {
  if (/^-?\d{1,19}$/.test(text)) return BigInt(text)
  throw new InvalidArgumentError('A snapshot id is a whole number.')
}

/** A number of something, from 1. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number from 1.')
}

/** An id of something that is numbered from 0. */
export function parseWhole(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number from 0.')
}

function parseRows(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A limit is a whole number of rows.')
}

const UNITS: Readonly<Record<string, number>> = { KiB: 1 << 10, MiB: 1 << 20, GiB: 1 << 30 }

/** Bytes, with a unit or without. */
export function parseBytes(text: string): number {
  const [, count = '', unit] = /^([1-9]\d{0,14}) ?(KiB|MiB|GiB)?$/.exec(text) ?? []
  const bytes = Number(count) * (unit === undefined ? 1 : (UNITS[unit] ?? 1))
  if (count !== '' && Number.isSafeInteger(bytes)) return bytes
  throw new InvalidArgumentError('It is a whole number of bytes, KiB, MiB or GiB.')
}
