/**
 * Outputs as files of all generations say them. Newer ones have everything in one place; older ones name a depot in
 * `outputs`, and a `sink` beside the steps says what is written there.
 */
import { suggestion } from '../../base/nearest-name.ts'
import type { DatasetAddress } from '../address.ts'
import { sameName } from '../same-name.ts'
import type { Fields } from '../yaml/fields.ts'
import { datasetIn, NO_DATASET, readDepot, readWritableDataset } from './dataset.ts'
import { OUTPUT, SINK } from './vocabulary.ts'

/** One output, freed of the keys that its generation put its parts under. */
export interface SpelledOutput {
  /** Has `title`, `description`, `tags` and `columnTags`, as well as the keys below. */
  readonly fields: Fields
  /** The key of the view's name. */
  readonly view: string
  readonly format: string
  readonly options: string
  /** Null for an output that names none, which only some kinds put up with. */
  readonly dataset: DatasetAddress | null
}

/** The outputs of a job: those that say everything themselves, then what sinks put into depots. */
export function spelledOutputs(job: Fields, blocks: readonly Fields[]): readonly SpelledOutput[] {
  const outputs = job.requiredMaps('outputs', OUTPUT)
  const depots = outputs.flatMap(readNamedDepot)
  const sinks = blocks.flatMap((block) => block.maps('sink', SINK))
  for (const { name, fields } of depots) {
    if (sinks.some((sink) => sameName(sink.scalarText('outputName') ?? '', name))) continue
    fields.faults.warn(fields.place, 'no sink names this output, so nothing is written to it')
  }
  return [
    ...outputs.flatMap(directOutput),
    ...sinks.flatMap((sink) => sinkOutput(sink, outputs, depots)),
  ]
}

/** A collection that sinks write to. */
interface NamedDepot {
  readonly name: string
  readonly fields: Fields
  readonly address: DatasetAddress
}

function readNamedDepot(fields: Fields): readonly NamedDepot[] {
  if (!fields.has('depot')) return []
  if (fields.has('dataset')) {
    fields.invalid('depot', 'depot and dataset cannot both be given')
    return []
  }
  return [{ name: fields.text('name'), fields, address: readDepot(fields) }]
}

function directOutput(fields: Fields): readonly SpelledOutput[] {
  if (fields.has('depot')) return []
  const dataset = fields.has('dataset') ? readWritableDataset(fields) : null
  return [{ fields, view: 'name', format: 'format', options: 'options', dataset }]
}

function sinkOutput(
  sink: Fields,
  outputs: readonly Fields[],
  depots: readonly NamedDepot[],
): readonly SpelledOutput[] {
  const name = sink.text('outputName')
  const depot = depots.find((other) => sameName(other.name, name))
  if (depot === undefined && name !== '') noteUnknown(sink, name, outputs)
  return [
    {
      fields: sink,
      view: 'sequenceName',
      format: 'outputType',
      options: 'outputOptions',
      dataset: datasetIn(depot?.address ?? NO_DATASET, sink, 'datasetName'),
    },
  ]
}

function noteUnknown(sink: Fields, name: string, outputs: readonly Fields[]): void {
  const names = outputs.map((output) => output.scalarText('name') ?? '')
  const isThere = names.some((other) => sameName(other, name))
  const message = isThere
    ? `the output ${name} names no depot for a sink to write to`
    : `no output is named ${name}${suggestion(name, names)}`
  sink.invalid('outputName', message)
}
