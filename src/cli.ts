#!/usr/bin/env node
// The `frazil` command: runs one command and sets the exit code.
import { runCommand } from './cli/run-command.ts'
import { delayWasmTiering } from './cli/tiering.ts'

// The package for S3 warns of the Node that it will need one day, which is nothing that who runs a command can act on.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
delayWasmTiering()

process.exitCode = await runCommand(process.argv.slice(2))
