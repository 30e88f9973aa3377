// What the commands that keep tables in order have in common: they can say what they would do, and say what they did to people
// in words and to programs in one document of JSON.
import type { Command } from 'commander'

import { stringifyJson } from '../base/json-exact.ts'
import { printable } from './printable.ts'
import type { FactRecord } from './records.ts'
import { printLine } from './terminal.ts'
import type { Terminal } from './terminal.ts'

export interface MaintenanceOptions {
  /** The plan alone: nothing is changed. */
  readonly dryRun?: boolean
  readonly json?: boolean
}

export function addMaintenanceOptions(command: Command): Command {
  return command
    .option('--dry-run', 'print what would be done, and change nothing')
    .option('--json', 'print one document of JSON')
}

/** A file that is, or would be, made part of a table or taken out of it. */
export interface FileRecord extends FactRecord {
  readonly path: string
  /** Such as `manifest` or `data`. */
  readonly kind: string
}

/** What a command did, or what a dry run says that it would do. */
export interface MaintenanceResult {
  readonly command: string
  /** In words, in lines. */
  readonly text: string
  readonly facts: FactRecord
  readonly files: readonly FileRecord[]
}

export async function printMaintenance(
  terminal: Terminal,
  { dryRun = false, json = false }: MaintenanceOptions,
  { command, text, facts, files }: MaintenanceResult,
): Promise<void> {
  if (json) {
    await printLine(terminal, stringifyJson({ command, 'dry-run': dryRun, ...facts, files }))
    return
  }
  for (const line of text.split('\n')) await printLine(terminal, printable(line))
}
