import type { Place } from '../yaml/faults.ts'
import type { Fields } from '../yaml/fields.ts'
import { COMMAND } from './vocabulary.ts'

/** A view whose rows a command asks to keep. */
export interface KeptView {
  readonly view: string
  readonly place: Place
}

/** Spark's storage levels; where kept rows lie is not theirs to say here. */
const STORAGE_LEVELS = [
  'NONE',
  'DISK_ONLY',
  'DISK_ONLY_2',
  'DISK_ONLY_3',
  'MEMORY_ONLY',
  'MEMORY_ONLY_2',
  'MEMORY_ONLY_SER',
  'MEMORY_ONLY_SER_2',
  'MEMORY_AND_DISK',
  'MEMORY_AND_DISK_2',
  'MEMORY_AND_DISK_SER',
  'MEMORY_AND_DISK_SER_2',
  'OFF_HEAP',
]

/** What the `commands` of a step keep. What is kept is let go at the end of a run, so that `unpersist` asks for nothing. */
export function readCommands(step: Fields): readonly KeptView[] {
  return step.maps('commands', COMMAND).flatMap((fields) => {
    fields.require('name')
    const name = fields.word('name', ['persist', 'unpersist'])
    const view = fields.text('sequenceName')
    fields.word('mode', STORAGE_LEVELS)
    return name === 'persist' && view !== ''
      ? [{ view, place: fields.placeOf('sequenceName') }]
      : []
  })
}
