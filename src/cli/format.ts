import { Option } from 'commander'

import type { Terminal } from './terminal.ts'

/** How results are spelled: for programs, for spreadsheets, for people. */
export type Format = 'ndjson' | 'csv' | 'table'

export interface FormatOptions {
  readonly format?: Format
}

export function formatOption(formats: readonly Format[]): Option {
  return new Option('--format <format>', 'table on a terminal, else ndjson').choices([...formats])
}

/** What is asked for, or what suits the reader. */
export function chosenFormat(terminal: Terminal, { format }: FormatOptions): Format {
  return format ?? (terminal.out.isTTY === true ? 'table' : 'ndjson')
}
