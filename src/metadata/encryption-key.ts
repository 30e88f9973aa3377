import { readObject } from '../base/json-fields.ts'

/** A key of an encrypted table, itself encrypted (spec: Encryption Keys). Kept for those who can use it. */
export interface EncryptionKey {
  readonly keyId: string
  /** Base64. */
  readonly encryptedKeyMetadata: string
  /** The key that this one is encrypted with; null when the table does not say. */
  readonly encryptedById: string | null
  readonly properties: ReadonlyMap<string, string>
}

export function encryptionKeyFromJson(json: unknown, path: string): EncryptionKey {
  const fields = readObject(json, path)
  return {
    keyId: fields.string('key-id'),
    encryptedKeyMetadata: fields.string('encrypted-key-metadata'),
    encryptedById: fields.optionalString('encrypted-by-id') ?? null,
    properties: fields.optionalStringMap('properties') ?? new Map(),
  }
}

export function encryptionKeyToJson(key: EncryptionKey): unknown {
  return {
    'key-id': key.keyId,
    'encrypted-key-metadata': key.encryptedKeyMetadata,
    'encrypted-by-id': key.encryptedById ?? undefined,
    properties: key.properties.size === 0 ? undefined : key.properties,
  }
}
