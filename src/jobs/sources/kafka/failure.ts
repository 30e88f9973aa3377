// What failed requests to brokers mean. Messages of the client are kept as causes: they have no credentials in them.
import { IcebergError } from '../../../base/errors.ts'
import type { ErrorKind } from '../../../base/errors.ts'

/** A request that failed. */
export interface BrokerFailure {
  readonly kind: ErrorKind
  readonly message: string
  /** Whether the same request may succeed a little later, perhaps from another broker. */
  readonly isPassing: boolean
}

/** Codes of answers (Kafka protocol: Error codes) that decide what is done. */
export const CODES = { none: 0, offsetOutOfRange: 1 } as const

const PASSING: BrokerFailure = {
  kind: 'unavailable',
  message: 'the brokers cannot be reached, or do not answer',
  isPassing: true,
}
const NO_TOPIC: BrokerFailure = {
  kind: 'not-found',
  message: 'there is no such topic',
  isPassing: false,
}
const REFUSED: BrokerFailure = {
  kind: 'invalid',
  message: 'the brokers refuse the credentials, or what they may do',
  isPassing: false,
}
const FAILED: BrokerFailure = {
  kind: 'unavailable',
  message: 'the brokers refuse a request',
  isPassing: false,
}

const BROKEN: BrokerFailure = {
  kind: 'internal',
  message: 'the client of Kafka failed',
  isPassing: false,
}

/** Errors of a partition that has another leader now, or will have one soon; of a topic that only some brokers know of yet. */
const PASSING_CODES: ReadonlySet<number> = new Set([
  3, 5, 6, 7, 8, 9, 13, 56, 74, 75, 78, 86, 100, 103, 106,
])
const REFUSED_CODES: ReadonlySet<number> = new Set([29, 30, 31, 58])

/** What the error code of an answer means; 0 must not be asked about. */
export function failureOfCode(code: number): BrokerFailure {
  if (REFUSED_CODES.has(code)) return REFUSED
  return PASSING_CODES.has(code) ? PASSING : { ...FAILED, message: `${FAILED.message}: ${code}` }
}

/** Reads what the client threw. */
export function failureOf(error: unknown): BrokerFailure {
  if (error instanceof IcebergError) {
    return { kind: error.kind, message: error.message, isPassing: false }
  }
  if (includes(error, ({ code }) => code === 'PLT_KFK_AUTHENTICATION')) return REFUSED
  if (includes(error, ({ message }) => (message ?? '').startsWith('Unknown topic ')))
    return NO_TOPIC
  const codes = apiCodesOf(error)
  const [refusing] = codes.filter((code) => !PASSING_CODES.has(code))
  if (refusing !== undefined) return failureOfCode(refusing)
  return codes.length > 0 || includes(error, isOfNetwork) ? PASSING : BROKEN
}

/** What the client's errors say of themselves. */
interface ClientError {
  readonly code?: unknown
  readonly message?: string
  readonly apiCode?: unknown
  readonly errors?: readonly unknown[]
  readonly cause?: unknown
}

/** Connections that are refused, break or time out. */
function isOfNetwork({ code }: ClientError): boolean {
  return typeof code === 'string' && (code === 'PLT_KFK_NETWORK' || /^E[A-Z]+$/.test(code))
}

function apiCodesOf(error: unknown): readonly number[] {
  const codes: number[] = []
  includes(error, ({ apiCode }) => {
    if (typeof apiCode === 'number') codes.push(apiCode)
    return false
  })
  return codes
}

/** Whether an error, or one of those that it gathers or comes from, is of a kind. */
function includes(error: unknown, isMeant: (error: ClientError) => boolean): boolean {
  if (typeof error !== 'object' || error === null) return false
  const known: ClientError = error
  if (isMeant(known)) return true
  return [...(known.errors ?? []), known.cause].some((inner) => includes(inner, isMeant))
}
