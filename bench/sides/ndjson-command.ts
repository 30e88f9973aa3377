// Appends the file to a new table by the command, the start of its process included.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { openWarehouse } from 'frazil'

import { Visit, linesFile, lineCount } from '../lines.js'
import type { Measured } from '../measure.js'
import { commandFile, runCommand } from '../run-command.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
const folder = join(settings.folder, 'appended-visits')
await rm(folder, { recursive: true, force: true })
const warehouse = await openWarehouse(folder)
await warehouse.createTable('shop.visits', { schema: Visit })
const table = join(folder, 'shop/visits')
const usage = await runCommand([commandFile, 'append', table, linesFile(settings)])
const measured: Measured = { ...usage, delayMs: 0, done: { rows: lineCount(settings) } }
process.send?.(measured)
