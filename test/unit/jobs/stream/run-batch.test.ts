import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../../src/base/errors.ts'
import type { OpenStream, StreamSource } from '../../../../src/jobs/sources/stream-source.ts'
import { runStream } from '../../../../src/jobs/stream/run-stream.ts'
import type { BatchReport } from '../../../../src/jobs/stream/batch-report.ts'
import { movingEnvironment } from '../../../support/moving-environment.ts'
import { countsIn, openCounts, standsIn } from '../../../support/jobs/count-stream.ts'
import type { CountLab } from '../../../support/jobs/count-stream.ts'

/** What another run does right before a source is asked; then the source has lost what was read. */
interface Overtaking {
  readonly at: 'nextOffset' | 'read'
  readonly meanwhile: () => Promise<unknown>
}

/** A run of the stream whose source loses what it was asked for, once. */
async function runOvertaken(
  lab: CountLab,
  { at, meanwhile }: Overtaking,
): Promise<readonly BatchReport[]> {
  let isFirst = true
  const lose = async (): Promise<void> => {
    if (!isFirst) return
    isFirst = false
    await meanwhile()
    throw new IcebergError('not-found', 'what was to be read is gone')
  }
  const losing = (source: OpenStream): OpenStream => ({
    ...source,
    async nextOffset(...asked) {
      if (at === 'nextOffset') await lose()
      return source.nextOffset(...asked)
    },
    async *read(...asked) {
      if (at === 'read') await lose()
      yield* source.read(...asked)
    },
  })
  const source: StreamSource = {
    description: 'numbers that may be gone',
    open: async () => losing(await lab.source.open()),
  }
  const stream = { ...(await lab.stream()), sources: new Map([['source', source]]) }
  const reports: BatchReport[] = []
  const run = { trigger: { kind: 'available-now' }, environment: movingEnvironment(), retries: 0 }
  for await (const report of runStream(stream, run as Parameters<typeof runStream>[1])) {
    reports.push(report)
  }
  return reports
}

describe('a batch whose rows are gone', () => {
  it.each(['nextOffset', 'read'] as const)(
    'is left to the run that has it in the table already, found out in %s',
    async (at) => {
      const lab = await openCounts()
      lab.source.available = 3
      const others = { at, meanwhile: () => lab.run('available-now') }
      await runOvertaken(lab, others)
      lab.source.available = 5
      await lab.run('available-now')
      expect(await countsIn(await lab.table())).toEqual([0, 1, 2, 3, 4])
      expect(standsIn(await lab.table())?.epoch).toBe(2)
    },
  )

  it.each(['nextOffset', 'read'] as const)(
    'ends a stream that nobody else has read it for, found out in %s',
    async (at) => {
      const lab = await openCounts()
      lab.source.available = 3
      const nothing = { at, meanwhile: async () => undefined }
      await expect(runOvertaken(lab, nothing)).rejects.toMatchObject({
        kind: 'not-found',
        message: 'what was to be read is gone',
      })
      expect(await countsIn(await lab.table())).toEqual([])
    },
  )
})

describe('what reading a batch shows', () => {
  it('is told of that batch, once', async () => {
    const lab = await openCounts()
    lab.source.available = 3
    const telling = (source: OpenStream): OpenStream => ({
      ...source,
      async nextOffset(...asked) {
        const next = await source.nextOffset(...asked)
        return next === null ? null : { ...next, notes: ['one is gone'] }
      },
      async *read(range, options) {
        yield* source.read(range, options)
        for (const note of ['one is gone', 'one had no value']) options?.onNote?.(note)
      },
    })
    const source: StreamSource = {
      description: 'numbers of which some are gone',
      open: async () => telling(await lab.source.open()),
    }
    const stream = { ...(await lab.stream()), sources: new Map([['source', source]]) }
    const run = { trigger: { kind: 'once' }, environment: movingEnvironment(), retries: 0 } as const
    const warnings: (readonly string[])[] = []
    for await (const report of runStream(stream, run)) warnings.push(report.warnings)
    expect(warnings).toEqual([['one is gone', 'one had no value']])
  })
})
