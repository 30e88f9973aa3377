// Whether a server heeds the condition of a create. Some accept the header and ignore it: every create succeeds, commits
// overwrite each other, and nobody is told. Others look first and write then, which a race shows. So before the first
// create in a bucket several writers race for one name of their own; one must win, and who comes later must lose.
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'

import { IcebergError } from '../base/errors.ts'
import type { RequestOptions } from './object-store.ts'
import { conditionOf } from './s3-create.ts'
import { failureError, mayPass } from './s3-failure.ts'
import { besideTarget } from './s3-location.ts'
import type { S3Target } from './s3-location.ts'
import type { S3Answer, S3Requests } from './s3-requests.ts'

const RACERS = 8

/** What is known of the buckets of one server. */
export class ConditionProbe {
  readonly #requests: S3Requests
  readonly #known = new Map<string, Promise<void>>()

  constructor(requests: S3Requests) {
    this.#requests = requests
  }

  /**
   * Finds out, once for each bucket, whether creates are exclusive. The probe writes beside `target`, where its
   * writer must be allowed to write anyway, and removes what it wrote.
   *
   * @throws IcebergError `unsupported` when they are not
   */
  async require(target: S3Target, options: RequestOptions): Promise<void> {
    const { bucket } = target
    const known = this.#known.get(bucket) ?? this.#probe(target)
    this.#known.set(bucket, known)
    known.catch((error: unknown) => {
      const isAnswer = error instanceof IcebergError && error.kind === 'unsupported'
      if (!isAnswer) this.#known.delete(bucket)
    })
    await unlessAborted(known, options.signal)
  }

  async #probe(target: S3Target): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const probe = besideTarget(target, `frazil-probe-${this.#requests.uuid()}.tmp`)
      const verdict = await this.#judge(probe)
      await this.#requests.ask((client) => client.send(new DeleteObjectCommand(names(probe))), {})
      if (verdict.kind === 'heeds') return
      if (verdict.kind === 'ignores') throw ignored(target)
      const isPassing = verdict.error.kind === 'unavailable'
      if (!isPassing || attempt >= this.#requests.maxAttempts) throw verdict.error
      await this.#requests.backOff(attempt, {})
    }
  }

  async #judge(probe: S3Target): Promise<Verdict> {
    const create = (racer: number): Promise<S3Answer<unknown>> =>
      this.#requests.ask(
        (client) =>
          client.send(
            new PutObjectCommand({
              ...names(probe),
              ...conditionOf({ mode: 'create' }),
              Body: new Uint8Array([racer]),
            }),
          ),
        {},
      )
    const race = await Promise.all(Array.from({ length: RACERS }, (_, racer) => create(racer)))
    return verdictOf(race, await create(RACERS), probe)
  }
}

/** Who gives up does not wait for a probe that serves others too. */
async function unlessAborted(known: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return known
  let giveUp = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(signal.reason as Error)
    signal.addEventListener('abort', giveUp, { once: true })
  })
  try {
    signal.throwIfAborted()
    await Promise.race([known, aborted])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

type Verdict =
  | { readonly kind: 'heeds' }
  | { readonly kind: 'ignores' }
  | { readonly kind: 'unclear'; readonly error: IcebergError }

/** An answer that got lost may hide a winner: then nothing is known. */
function verdictOf(
  race: readonly S3Answer<unknown>[],
  last: S3Answer<unknown>,
  { location }: S3Target,
): Verdict {
  const winners = race.filter(({ kind }) => kind === 'answered').length
  if (winners > 1 || (winners === 1 && last.kind === 'answered')) return { kind: 'ignores' }
  const failures = [...race, last].flatMap((end) => (end.kind === 'failed' ? [end.failure] : []))
  const odd = failures.find(({ kind }) => kind !== 'conflict')
  if (odd !== undefined) {
    // Nothing but the racers can have a name that was drawn for them: what says so is gone with the next name.
    const kind = mayPass(odd) ? 'unavailable' : odd.kind
    return { kind: 'unclear', error: failureError({ ...odd, kind }, { location }) }
  }
  if (winners === 1) return { kind: 'heeds' }
  const error = new IcebergError('unavailable', 'no writer won the race for a name of its own', {
    context: { location },
  })
  return { kind: 'unclear', error }
}

function names({ bucket, key }: S3Target): { readonly Bucket: string; readonly Key: string } {
  return { Bucket: bucket, Key: key }
}

function ignored({ bucket }: S3Target): IcebergError {
  return new IcebergError(
    'unsupported',
    'S3 server ignores the condition of a create, so that writers would overwrite each other: use another, or one writer at a time and the option `unsafe`',
    { context: { bucket } },
  )
}
