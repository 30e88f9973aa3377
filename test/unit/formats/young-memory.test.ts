/** What one batch, file or manifest is made with goes with the young objects: a stream makes some every second. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { expect, it } from 'vitest'

import { createBatchBuilder } from '../../../src/formats/arrow/from-rows.ts'
import { openContainerWriter } from '../../../src/formats/avro/container.ts'
import { createEncoder } from '../../../src/formats/avro/encoding.ts'
import { createJsonBatchBuilder } from '../../../src/formats/text/json-batches.ts'
import { builderOf, jsonDecoder } from '../../../src/jobs/sources/kafka/message-decoder.ts'
import { schema, t } from '../../../src/types/define.ts'

const Row = schema({ id: t.long(), text: t.string() })
/** Hardly gets smaller when it is compressed. */
const TEXT = Array.from({ length: 2_000 }, (_, at) => `${(at + 1) ** 7 % 999_983}.`).join('')
const LINE = Buffer.from(`{"id":1,"text":"${TEXT}"}`)
const span = { bytes: LINE, start: 0, end: LINE.length }
const encoder = createEncoder('string')

const makers: Readonly<Record<string, () => unknown>> = {
  'rows of objects': () => {
    const builder = createBatchBuilder(Row)
    builder.append({ id: 1n, text: TEXT })
    return builder.finish()
  },
  'rows of JSON': () => {
    const builder = createJsonBatchBuilder(Row)
    builder.append(LINE, 0, LINE.length)
    return builder.finish()
  },
  'rows of JSON messages': () => {
    const builder = builderOf(jsonDecoder(Row))
    builder.append(span)
    return builder.finish()
  },
  'an Avro file': () => {
    const writer = openContainerWriter({ schema: 'string', properties: new Map(), encoder })
    writer.add([TEXT])
    return writer.finish()
  },
}

/** What zlib of Node 24 and later has written stays until the next collection of old objects, whoever asks for it. */
const doesZlibKeep = Number.parseInt(process.versions.node, 10) >= 24

const names = Object.keys(makers).filter((name) => !(doesZlibKeep && name === 'an Avro file'))

it.each(names)('%s never outlive two collections of young objects', (name) => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void
  const make = makers[name]
  const times = 60
  const makeMany = (): number => {
    for (let time = 0; time < times; time += 1) {
      make?.()
      collect({ type: 'minor' })
    }
    collect({ type: 'minor' })
    return process.memoryUsage().arrayBuffers
  }
  makeMany()
  collect()
  const before = process.memoryUsage().arrayBuffers
  expect((makeMany() - before) / times).toBeLessThan(4_000)
})
