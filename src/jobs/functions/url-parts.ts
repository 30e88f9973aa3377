import { IcebergError } from '../../base/errors.ts'

/** What a URL is split into, in the order of the columns. */
export const URL_PARTS = [
  'protocol',
  'authority',
  'host',
  'port',
  'path',
  'filename',
  'query',
] as const

type UrlPart = (typeof URL_PARTS)[number]

/** Scheme, authority, path, query and fragment (RFC 3986, appendix B), the scheme required. */
const URL_FORM =
  /^(?<protocol>[a-z][\d+.a-z-]*):(?:\/\/(?<authority>[^#/?]*))?(?<path>[^#?]*)(?:\?(?<query>[^#]*))?(?:#.*)?$/isu

const AUTHORITY = /^(?:[^@]*@)?(?<host>\[[^\]]*\]|[^:[\]]*)(?::(?<port>\d*))?$/u

/**
 * One part of a URL; null when it has none. The file name is the path with the query.
 *
 * @throws IcebergError `invalid` when the text is no URL
 */
export function urlPart(part: string, text: string): string | null {
  const { protocol, authority, path = '', query } = URL_FORM.exec(text.trim())?.groups ?? {}
  const at = AUTHORITY.exec(authority ?? '')?.groups
  if (protocol === undefined || at === undefined) {
    throw new IcebergError('invalid', 'text is no URL', { context: { text } })
  }
  const parts: Readonly<Record<UrlPart, string | undefined>> = {
    protocol: protocol.toLowerCase(),
    authority,
    host: at['host'],
    port: at['port'],
    path,
    filename: query === undefined ? path : `${path}?${query}`,
    query,
  }
  const found = Object.entries(parts).find(([name]) => name === part)?.[1]
  return found === undefined || found === '' ? null : found
}
