// The command and its subcommands. What a subcommand does is loaded when it is asked for, so that help costs little.
import { Command } from 'commander'

import { addAppend } from './commands/append.ts'
import { addBackfill, addReplay } from './commands/backfill.ts'
import { addCompact } from './commands/compact.ts'
import { addCreate } from './commands/create.ts'
import { addExpire } from './commands/expire.ts'
import { addDoctor } from './commands/doctor.ts'
import { addExplain } from './commands/explain.ts'
import { addFiles } from './commands/files.ts'
import {
  addEntries,
  addHistory,
  addManifests,
  addOtherTables,
  addPartitions,
  addRefs,
} from './commands/metadata-tables.ts'
import { addImport } from './commands/import.ts'
import { addMaintain } from './commands/maintain.ts'
import { addLint } from './commands/lint.ts'
import { addOrphans } from './commands/orphans.ts'
import { addRewriteManifests } from './commands/rewrite-manifests.ts'
import { addRun } from './commands/run.ts'
import { addScan } from './commands/scan.ts'
import { addState } from './commands/state.ts'
import { addStream } from './commands/stream.ts'
import { addSnapshots } from './commands/snapshots.ts'
import { packageVersion } from './package-version.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** The `frazil` command; faults of the command line itself are thrown as `CommanderError`, once they are told. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('frazil')
    .description('Apache Iceberg tables from the command line')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      outputError: (text, write) => write(faultText(text)),
    })
  for (const add of COMMANDS) add(program, terminal)
  return program
}

/** In the order in which help names them. */
const COMMANDS: readonly ((program: Command, terminal: Terminal) => void)[] = [
  addCreate,
  addAppend,
  addImport,
  addScan,
  addFiles,
  addExplain,
  addSnapshots,
  addHistory,
  addRefs,
  addManifests,
  addEntries,
  addPartitions,
  addOtherTables,
  addExpire,
  addOrphans,
  addCompact,
  addRewriteManifests,
  addMaintain,
  addDoctor,
  addRun,
  addLint,
  addState,
  addStream,
  addBackfill,
  addReplay,
]

/** Line by line, because a fault may come with a suggestion. */
function faultText(text: string): string {
  return text
    .replace(/^error: /, 'frazil: ')
    .split('\n')
    .map(printable)
    .join('\n')
}
