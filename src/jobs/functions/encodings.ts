// Bytes as text (RFC 4648), and digests of them.
import { createHash } from 'node:crypto'

import { fromHex } from '../../base/bytes.ts'
import { IcebergError } from '../../base/errors.ts'

export const ENCODINGS = ['base32', 'base64', 'hex'] as const

export type Encoding = (typeof ENCODINGS)[number]

/** Names of digests, and what they are called here. */
export const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['MD5', 'md5'],
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
])

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const BASE32_BITS = 5
const BASE32_BLOCK = 8
const BYTE_BITS = 8

/** Bytes, given in hexadecimal digits, in another encoding. */
export function encodeText(encoding: string, hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  switch (encodingNamed(encoding)) {
    case 'base32':
      return toBase32(bytes)
    case 'base64':
      return bytes.toString('base64')
    default:
      return bytes.toString('hex')
  }
}

/**
 * The text whose bytes in UTF-8 are encoded.
 *
 * @throws IcebergError `invalid` when the text is not of that encoding, or its bytes are no text
 */
export function decodeText(encoding: string, text: string): string {
  const bytes = bytesOf(encodingNamed(encoding), text)
  if (bytes === null) {
    throw new IcebergError('invalid', 'text is not of this encoding', {
      context: { encoding, text },
    })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new IcebergError('invalid', 'decoded bytes are no text', {
      context: { encoding, text },
      cause,
    })
  }
}

/** The digest of bytes, both in hexadecimal digits. */
export function digestText(algorithm: string, hex: string): string {
  return createHash(algorithm).update(hex, 'hex').digest('hex')
}

function encodingNamed(name: string): Encoding {
  const encoding = ENCODINGS.find((known) => known === name)
  if (encoding !== undefined) return encoding
  throw new IcebergError('invalid', 'no such encoding', { context: { encoding: name } })
}

function bytesOf(encoding: Encoding, text: string): Uint8Array | null {
  switch (encoding) {
    case 'base32':
      return fromBase32(text)
    case 'base64':
      return isBase64(text) ? Buffer.from(text, 'base64') : null
    default:
      return fromHex(text)
  }
}

function isBase64(text: string): boolean {
  return /^(?:[\d+/a-z]{4})*(?:[\d+/a-z]{2}==|[\d+/a-z]{3}=)?$/iu.test(text)
}

function toBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << BYTE_BITS) | byte
    bits += BYTE_BITS
    while (bits >= BASE32_BITS) {
      bits -= BASE32_BITS
      text += BASE32[(held >> bits) & (BASE32.length - 1)] ?? ''
    }
    held &= (1 << bits) - 1
  }
  if (bits > 0) text += BASE32[held << (BASE32_BITS - bits)] ?? ''
  return text.padEnd(Math.ceil(text.length / BASE32_BLOCK) * BASE32_BLOCK, '=')
}

/** Null unless the text is whole blocks, padded; bits that are left over must be zero. */
function fromBase32(text: string): Uint8Array | null {
  if (text.length % BASE32_BLOCK !== 0) return null
  const digits = text.toUpperCase().replace(/=+$/u, '')
  if (![0, 2, 4, 5, 7].includes(digits.length % BASE32_BLOCK)) return null
  if (text.length - digits.length >= BASE32_BLOCK) return null
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const digit of digits) {
    const value = BASE32.indexOf(digit)
    if (value < 0) return null
    held = (held << BASE32_BITS) | value
    bits += BASE32_BITS
    if (bits < BYTE_BITS) continue
    bits -= BYTE_BITS
    bytes.push(held >> bits)
    held &= (1 << bits) - 1
  }
  return held === 0 ? Uint8Array.from(bytes) : null
}
