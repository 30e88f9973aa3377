/** Whole tables against a model: everything that users do, in any order, over tables of any shape. */
import fc from 'fast-check'
import { describe, it } from 'vitest'

import { createLocalStore } from '../../src/io/local-store.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import { temporaryFolder } from '../support/folders.ts'
import { runs } from '../support/runs.ts'
import { anyCommands } from '../support/table-model/commands.ts'
import { anyTableLayoutOf } from '../support/table-model/layout.ts'
import { checkEverything } from '../support/table-model/step.ts'
import { openWorld } from '../support/table-model/world.ts'

/** A full run is 10,000 histories of 40 commands: `FRAZIL_MODEL_COMMANDS=40 FC_RUNS=10`. */
const MAX_COMMANDS = Number(process.env['FRAZIL_MODEL_COMMANDS'] ?? '10')

interface Place {
  readonly name: string
  readonly locate: () => { readonly store: ObjectStore; readonly location: string }
  readonly histories: number
}

const places: readonly Place[] = [
  {
    name: 'in memory',
    locate: () => ({ store: createMemoryStore(), location: 'memory:' }),
    histories: 850,
  },
  {
    name: 'in local files',
    locate: () => ({ store: createLocalStore(), location: temporaryFolder() }),
    histories: 150,
  },
]

describe.each(places)('a table $name', ({ locate, histories }) => {
  it(
    'always is what the model says',
    async () => {
      const anyLayout = fc.constantFrom(1, 2, 3, 3).chain(anyTableLayoutOf)
      await fc.assert(
        fc.asyncProperty(anyLayout, anyCommands(MAX_COMMANDS), async (layout, commands) => {
          const world = await openWorld(locate(), layout)
          try {
            await fc.asyncModelRun(() => world, commands)
            await checkEverything(world.model, world.real)
          } catch (error) {
            throw new Error(['a table is not what the model says', ...world.real.log].join('\n'), {
              cause: error,
            })
          }
        }),
        runs(histories),
      )
    },
    30_000 * MAX_COMMANDS * Math.max(1, Number(process.env['FC_RUNS'] ?? '1')),
  )
})
