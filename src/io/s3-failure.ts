// What a failed request means. The SDK's own errors are not handed on, not even as a cause: what S3 answers to a wrong
// signature repeats the request with its session token, and whoever prints an error would print that.
import { IcebergError } from '../base/errors.ts'
import type { ErrorContext, ErrorKind } from '../base/errors.ts'

/** A request that failed. */
export interface S3Failure {
  readonly kind: ErrorKind
  readonly message: string
  /** What S3, the system or the SDK calls it. */
  readonly code: string
  /** Of HTTP; null when there was no answer. */
  readonly status: number | null
  /** By which the operator of the server finds the request; empty when there was no answer. */
  readonly requestId: string
}

type Meaning = readonly [kind: ErrorKind, message: string]

const PASSING: Meaning = ['unavailable', 'S3 failed']
const NOT_FOUND: Meaning = ['not-found', 'object does not exist']
const REFUSED: Meaning = ['invalid', 'S3 refuses the credentials, or what they may do']
const NO_ROOM: Meaning = ['invalid', 'a folder and a file want the same name']
const NOT_CONFIGURED: Meaning = [
  'invalid',
  'S3 is not configured: credentials or region are missing',
]

/** What versitygw says of a folder where an object was to be, among others. */
const FOLDER_IS_THERE = 'ExistingObjectIsDirectory'

/** By their codes, where the status says too little. Answers that come by chance, or from a clock that is set by now, pass. */
const BY_CODE: Readonly<Record<string, Meaning>> = {
  NoSuchBucket: ['invalid', 'bucket does not exist'],
  PermanentRedirect: ['invalid', 'bucket is in another region'],
  AuthorizationHeaderMalformed: ['invalid', 'bucket is in another region'],
  ExpiredToken: REFUSED,
  InvalidToken: REFUSED,
  ObjectParentIsFile: NO_ROOM,
  [FOLDER_IS_THERE]: NO_ROOM,
  EntityTooLarge: ['limit', 'object is larger than S3 takes'],
  KeyTooLongError: ['invalid', 'name is longer than S3 takes'],
  InvalidObjectState: ['unsupported', 'object is archived, and must be restored before it is read'],
  RequestTimeTooSkewed: PASSING,
  RequestTimeout: PASSING,
  BadDigest: PASSING,
  IncompleteBody: PASSING,
  OperationAborted: PASSING,
  CredentialsProviderError: NOT_CONFIGURED,
  TokenProviderError: NOT_CONFIGURED,
}

/** Reads what the SDK threw. */
export function failureOf(error: unknown): S3Failure {
  const fields = (error ?? {}) as SdkError
  const status = fields.$metadata?.httpStatusCode ?? null
  const code = codeOf(fields)
  const [kind, message] = meaningOf(code, status, fields)
  return { kind, message, code, status, requestId: fields.$metadata?.requestId ?? '' }
}

/**
 * Whether the same request may end otherwise when it is sent again. A server that keeps objects in folders takes a folder away
 * with the last object in it: of one that comes at that moment versitygw says what it says where a folder has its name.
 */
export function mayPass({ kind, code }: S3Failure): boolean {
  return kind === 'unavailable' || code === FOLDER_IS_THERE
}

/** What errors are called that have no code and no name of their own. */
const PLAIN = 'Error'

/** The error that a caller gets of a failure. */
export function failureError(failure: S3Failure, context: ErrorContext): IcebergError {
  const { kind, message, code, status, requestId } = failure
  return new IcebergError(kind, message, {
    context: {
      ...context,
      ...(code === PLAIN ? {} : { code }),
      ...(status === null ? {} : { status }),
      ...(requestId === '' ? {} : { requestId }),
    },
  })
}

/** What may be there on anything that the SDK throws. */
interface SdkError {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
}

/** A reset is a `TimeoutError` to the SDK; the system knows better. */
function codeOf({ name, code }: SdkError): string {
  const known = typeof code === 'string' ? code : name
  return typeof known === 'string' && known !== '' ? known : 'unknown'
}

function meaningOf(code: string, status: number | null, { message }: SdkError): Meaning {
  const byCode = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined
  if (byCode !== undefined) return byCode
  if (status !== null) return byStatus(status)
  // A plain error of the SDK, by which it could be told in no other way.
  return /^(Region is missing|Could not load credentials)/.test(String(message))
    ? NOT_CONFIGURED
    : PASSING
}

function byStatus(status: number): Meaning {
  if (status === 404) return NOT_FOUND
  if (status === 401 || status === 403) return REFUSED
  if (status === 409 || status === 412) return ['conflict', 'object exists']
  if (status === 301 || status === 307 || status === 308) {
    return ['invalid', 'bucket is in another region']
  }
  if (status === 405 || status === 501) return ['unsupported', 'server has no such request']
  return status === 400 || status === 416 ? ['invalid', 'S3 refuses the request'] : PASSING
}
