import { propertyProblems } from '../../metadata/property-rules.ts'
import { alternatives, textOfScalar } from '../yaml/fields.ts'
import type { Fields } from '../yaml/fields.ts'
import type { YamlEntry } from '../yaml/document.ts'
import type { Faults, Place } from '../yaml/faults.ts'
import type { OverwriteMode } from './save-mode.ts'

export interface OutputProperties {
  /** Of the table. */
  readonly properties: ReadonlyMap<string, string>
  /** A write option that sits among the properties and is none. */
  readonly overwriteMode: OverwriteMode | null
}

interface Choice {
  readonly words: readonly string[]
  readonly later?: readonly string[]
}

/** Properties that cannot have just any value. */
const CHOICES: ReadonlyMap<string, Choice> = new Map<string, Choice>([
  ['overwrite-mode', { words: ['dynamic', 'static'] }],
  ['format-version', { words: ['2'], later: ['1', '3'] }],
  ['write.format.default', { words: ['parquet'], later: ['avro', 'orc'] }],
  // One of the sources lists snappy, which readers of metadata files do not know.
  ['write.metadata.compression-codec', { words: ['none', 'gzip'] }],
])

/** What our own state is kept under. */
const RESERVED_PREFIX = 'frazil.'

/** Among properties, but about the table's making or the write: not kept in the table. */
const NOT_KEPT = ['overwrite-mode', 'format-version']

/** The `iceberg.properties` of an output: single values, as texts. */
export function readProperties(iceberg: Fields | null): OutputProperties {
  const all = iceberg?.entries('properties', (entry) => readProperty(entry, iceberg.faults))
  const overwriteMode = all?.get('overwrite-mode')?.toLowerCase()
  return {
    properties: new Map([...(all ?? [])].filter(([name]) => !NOT_KEPT.includes(name))),
    overwriteMode: overwriteMode === 'dynamic' || overwriteMode === 'static' ? overwriteMode : null,
  }
}

function readProperty({ name, place, value }: YamlEntry, faults: Faults): string | null {
  if (name.startsWith(RESERVED_PREFIX)) {
    faults.invalid(place, `names that begin with ${RESERVED_PREFIX} are kept for the state of jobs`)
  }
  if (value.kind !== 'scalar' || value.value === null) {
    faults.invalid(value.place, 'must be a single value')
    return null
  }
  const text = textOfScalar(value)
  const choice = CHOICES.get(name)
  if (choice === undefined) return checkedProperty({ name, place: value.place, text }, faults)
  if (choice.words.includes(text.toLowerCase())) return text
  if (choice.later?.includes(text.toLowerCase()) === true) {
    faults.unsupported(value.place, `${name} ${text.toLowerCase()}`)
  } else faults.invalid(value.place, `must be ${alternatives(choice.words)}`)
  return null
}

/** What a table could not have is told where it stands, and before anything runs. */
function checkedProperty(
  { name, place, text }: { readonly name: string; readonly place: Place; readonly text: string },
  faults: Faults,
): string {
  for (const { message } of propertyProblems(new Map([[name, text]])))
    faults.invalid(place, message)
  return text
}
