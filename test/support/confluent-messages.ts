/** Messages as producers with a schema registry send them: encoded by avsc, which our own reader is thereby held against. */
import { createRequire } from 'node:module'

import type * as avscPackage from 'avsc'

const avsc = createRequire(import.meta.url)('avsc') as typeof avscPackage

/** Longs as `bigint`: avsc has numbers otherwise. */
const LONG = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (left: bigint, right: bigint) => (left < right ? -1 : Number(left > right)),
})

/** Encodes values of a schema behind its number. */
export function confluentEncoder(id: number, schema: unknown): (value: unknown) => Buffer {
  const encode = avroEncoder(schema)
  const frame = Buffer.alloc(5)
  frame.writeInt32BE(id, 1)
  return (value) => Buffer.concat([frame, encode(value)])
}

/** Encodes values of a schema: longs are `bigint`, of unions the bare value. */
export function avroEncoder(schema: unknown): (value: unknown) => Buffer {
  const type = avsc.Type.forSchema(schema as avscPackage.Schema, {
    wrapUnions: false,
    typeHook: (known) => (isLong(known) ? LONG : undefined),
  })
  return (value) => type.toBuffer(value)
}

function isLong(schema: avscPackage.Schema): boolean {
  return (
    schema === 'long' || (typeof schema === 'object' && 'type' in schema && schema.type === 'long')
  )
}

/** Registers a schema, and gives its number. */
export async function registerSchema(
  registryUrl: string,
  subject: string,
  schema: unknown,
  references: readonly { name: string; subject: string; version: number }[] = [],
): Promise<number> {
  const response = await fetch(`${registryUrl}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema), schemaType: 'AVRO', references }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status} ${text}`)
  return (JSON.parse(text) as { id: number }).id
}
