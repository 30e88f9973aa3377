// A registry of schemas that speaks Confluent's API: which schema a number stands for, and which is a subject's newest. What a number
// stands for never changes, and is asked for once.
import { IcebergError } from '../../../base/errors.ts'
import type { Environment } from '../../../base/environment.ts'
import { parseJson } from '../../../base/json-exact.ts'
import { readObject } from '../../../base/json-fields.ts'
import { backoffMs } from '../../../base/retry.ts'
import { inlineTypes } from '../../../formats/confluent/avro-references.ts'
import type { SchemaRegistryOptions } from './kafka-options.ts'

/** A schema of Avro as JSON, complete by itself. */
export interface RegisteredSchema {
  readonly id: number
  readonly json: unknown
}

export interface SchemaRegistry {
  /** Null when there is none of that number. @throws IcebergError `unsupported` for one that is not Avro's */
  schemaOf(id: number, signal?: AbortSignal): Promise<RegisteredSchema | null>
  /** Null when there is no such subject. */
  latestOf(subject: string, signal?: AbortSignal): Promise<RegisteredSchema | null>
}

export interface RegistryContext {
  readonly environment: Environment
  /** How long a request is tried again. */
  readonly retryForMs: number
}

const BACKOFF = { minMs: 100, maxMs: 2_000 }
const REQUEST_TIMEOUT_MS = 10_000

/** Schemas that are made of others, one inside the other; more is a circle. */
const MAX_REFERENCES = 100

const NOT_FOUND = 404
const REFUSED: ReadonlySet<number> = new Set([401, 403])
const TOO_MANY_REQUESTS = 429
const SERVER_ERROR = 500

/** @throws IcebergError `invalid` when the address is none */
export function createSchemaRegistry(
  options: string | SchemaRegistryOptions,
  context: RegistryContext,
): SchemaRegistry {
  return new HttpRegistry(options, context)
}

class HttpRegistry implements SchemaRegistry {
  /** Without credentials, and without a slash at its end. */
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #context: RegistryContext
  readonly #known = new Map<number, Promise<RegisteredSchema | null>>()

  constructor(options: string | SchemaRegistryOptions, context: RegistryContext) {
    const { url, ...given } = typeof options === 'string' ? { url: options } : options
    const parsed = parseUrl(url)
    const { username = parsed.username, password = parsed.password } = given
    this.#base = `${parsed.origin}${parsed.path}`
    this.#headers = {
      accept: 'application/vnd.schemaregistry.v1+json, application/json',
      ...(username === '' ? {} : { authorization: basic(username, password) }),
    }
    this.#context = context
  }

  schemaOf(id: number, signal?: AbortSignal): Promise<RegisteredSchema | null> {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const asked = this.#schema(`/schemas/ids/${id}`, signal).then(
      (found) => found && { ...found, id },
    )
    this.#known.set(id, asked)
    // Nobody remembers what was not found, or could not be asked.
    asked.then(
      (found) => found ?? this.#known.delete(id),
      () => this.#known.delete(id),
    )
    return asked
  }

  latestOf(subject: string, signal?: AbortSignal): Promise<RegisteredSchema | null> {
    return this.#schema(`/subjects/${encodeURIComponent(subject)}/versions/latest`, signal)
  }

  async #schema(path: string, signal?: AbortSignal): Promise<RegisteredSchema | null> {
    const answer = await this.#get(path, signal)
    if (answer === null) return null
    const { id, text, references } = readAnswer(answer)
    const named = await this.#referenced(references, signal, new Map())
    return { id, json: inlineTypes(schemaJson(text), named) }
  }

  /** Schemas that others name, by those names. */
  async #referenced(
    references: readonly Reference[],
    signal: AbortSignal | undefined,
    named: Map<string, unknown>,
  ): Promise<ReadonlyMap<string, unknown>> {
    for (const { name, subject, version } of references) {
      if (named.has(name)) continue
      if (named.size >= MAX_REFERENCES) {
        throw new IcebergError('limit', 'a schema is made of too many others', {
          context: { limit: MAX_REFERENCES },
        })
      }
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
      const answer = await this.#get(path, signal)
      if (answer === null) {
        throw new IcebergError(
          'not-found',
          'the registry does not have a schema that another names',
          {
            context: { registry: this.#base, subject, version },
          },
        )
      }
      const inner = readAnswer(answer)
      named.set(name, schemaJson(inner.text))
      await this.#referenced(inner.references, signal, named)
    }
    return named
  }

  /** The answer as JSON; null when there is nothing of that name. */
  async #get(path: string, signal?: AbortSignal): Promise<unknown> {
    const { environment, retryForMs } = this.#context
    const untilMs = environment.nowMs() + retryForMs
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#ask(path, signal)
      if (answer.kind === 'json') return answer.json
      if (answer.kind === 'nothing') return null
      const waitMs = backoffMs(attempt, BACKOFF, () => environment.random())
      if (environment.nowMs() + waitMs > untilMs) throw answer.error
      await environment.sleep(waitMs, signal)
    }
  }

  async #ask(path: string, signal?: AbortSignal): Promise<Answer> {
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
    try {
      const response = await fetch(this.#base + path, {
        headers: this.#headers,
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      })
      const text = await response.text()
      if (response.ok) return { kind: 'json', json: parseJson(text) }
      if (response.status === NOT_FOUND && isOfRegistry(text)) return { kind: 'nothing' }
      return { kind: 'failed', error: this.#failure(response.status) }
    } catch (cause) {
      signal?.throwIfAborted()
      if (cause instanceof IcebergError) throw cause
      return {
        kind: 'failed',
        error: new IcebergError('unavailable', 'the schema registry cannot be reached', {
          context: { registry: this.#base },
          cause,
        }),
      }
    }
  }

  /** What a server says whose own fault it is may pass; all else is thrown at once. */
  #failure(status: number): IcebergError {
    const context = { registry: this.#base, status }
    if (status >= SERVER_ERROR || status === TOO_MANY_REQUESTS) {
      return new IcebergError('unavailable', 'the schema registry failed', { context })
    }
    throw new IcebergError(
      'invalid',
      REFUSED.has(status)
        ? 'the schema registry refuses the credentials'
        : 'the address of the schema registry does not answer as one',
      { context },
    )
  }
}

type Answer =
  | { readonly kind: 'json'; readonly json: unknown }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly error: IcebergError }

interface Reference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

interface RegistryAnswer {
  /** 0 where the question named it. */
  readonly id: number
  readonly text: string
  readonly references: readonly Reference[]
}

function readAnswer(json: unknown): RegistryAnswer {
  const fields = readObject(json, '')
  const type = fields.optionalString('schemaType') ?? 'AVRO'
  if (type !== 'AVRO') {
    throw new IcebergError('unsupported', 'schemas other than those of Avro', { context: { type } })
  }
  const references = fields.optionalArray('references') ?? []
  return {
    id: fields.optionalInt('id') ?? 0,
    text: fields.string('schema'),
    references: references.map((reference, index) => {
      const named = readObject(reference, `references[${index}]`)
      return {
        name: named.string('name'),
        subject: named.string('subject'),
        version: named.int('version'),
      }
    }),
  }
}

/** The schema of one primitive type may be its bare name. */
function schemaJson(text: string): unknown {
  return /^[a-z]+$/.test(text) ? text : parseJson(text)
}

/** Whether an answer that something is not there is one of a registry, and not of whatever else answers at the address. */
function isOfRegistry(text: string): boolean {
  try {
    return readObject(parseJson(text), '').optionalInt('error_code') !== undefined
  } catch {
    return false
  }
}

function parseUrl(url: string): {
  readonly origin: string
  readonly path: string
  readonly username: string
  readonly password: string
} {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new IcebergError('invalid', 'the address of the schema registry is no http address')
  }
  return {
    origin: parsed.origin,
    path: parsed.pathname.replace(/\/+$/, ''),
    username: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
  }
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
