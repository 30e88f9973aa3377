import type { S3Client } from '@aws-sdk/client-s3'
import type { Environment } from '../base/environment.ts'
import type { ErrorContext } from '../base/errors.ts'
import { backoffMs } from '../base/retry.ts'
import type { RequestOptions } from './object-store.ts'
import { failureError, failureOf, mayPass } from './s3-failure.ts'
import type { S3Failure } from './s3-failure.ts'

/** One request, and the reading of its answer. */
export type S3Request<Answer> = (
  client: S3Client,
  options: { readonly abortSignal?: AbortSignal },
) => Promise<Answer>

export type S3Answer<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: S3Failure }

export interface S3RequestsOptions {
  readonly client: S3Client
  readonly environment: Environment
  readonly maxAttempts: number
  readonly maxRequests: number
}

const WAIT = { minMs: 100, maxMs: 5_000 }

/** Sends requests: not too many at once, and again when that may help and does no harm. */
export class S3Requests {
  readonly maxAttempts: number
  readonly #client: S3Client
  readonly #environment: Environment
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor({ client, environment, maxAttempts, maxRequests }: S3RequestsOptions) {
    this.#client = client
    this.#environment = environment
    this.maxAttempts = maxAttempts
    this.#free = maxRequests
  }

  /** Sends a request that can be repeated, and repeats it while it fails in a way that may pass. */
  async send<Answer>(
    request: S3Request<Answer>,
    context: ErrorContext,
    options: RequestOptions,
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.ask(request, options)
      if (result.kind === 'answered') return result.answer
      if (!mayPass(result.failure) || attempt >= this.maxAttempts) {
        throw failureError(result.failure, context)
      }
      await this.backOff(attempt, options)
    }
  }

  /** Sends a request once. Throws nothing but the reason of an abort. */
  async ask<Answer>(
    request: S3Request<Answer>,
    { signal }: RequestOptions,
  ): Promise<S3Answer<Answer>> {
    await this.#enter()
    try {
      signal?.throwIfAborted()
      const options = signal === undefined ? {} : { abortSignal: signal }
      return { kind: 'answered', answer: await request(this.#client, options) }
    } catch (error) {
      signal?.throwIfAborted()
      return { kind: 'failed', failure: failureOf(error) }
    } finally {
      this.#leave()
    }
  }

  /** @param attempt attempts that failed so far, from 1 */
  async backOff(attempt: number, { signal }: RequestOptions): Promise<void> {
    const waitMs = backoffMs(attempt, WAIT, () => this.#environment.random())
    await this.#environment.sleep(waitMs, signal)
  }

  uuid(): string {
    return this.#environment.uuid()
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Whoever waits longest goes on in the place that became free. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}
