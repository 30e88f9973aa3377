#!/usr/bin/env node
// The `frazil` command: runs one command and sets the exit code.
import { runCommand } from './cli/run-command.ts'

process.exitCode = await runCommand(process.argv.slice(2))
