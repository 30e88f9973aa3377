import { describe, expect, it } from 'vitest'

import { INPUTS, jobFaults, jobOf, jobWarnings, OUTPUTS } from '../../../support/jobs/job-text.ts'

const UNUSED =
  '1 streaming: STREAMING_BLOCK_UNUSED: no input has isStream: true, so this is a batch job and streaming has no effect'

function streaming(keys: string): string {
  return `streaming: {${keys}}\n${INPUTS}${OUTPUTS}`
}

describe('streaming without a stream', () => {
  it('has no effect, which is warned of and refused when strict', () => {
    const text = streaming(
      'batchMode: true, triggerMode: Once, checkpointLocation: "dataos://lake:raw/a/b?acl=rw"',
    )
    expect(jobOf(text)).toEqual({ ...jobOf(`\n${INPUTS}${OUTPUTS}`) })
    expect(jobWarnings(text)).toContain(UNUSED)
    expect(jobFaults(text, 'invalid', { strict: true })).toEqual([UNUSED])
  })

  it.each(['once', 'ONCE', 'OneTime', 'AvailableNow', 'ProcessingTime'])(
    'knows the trigger %s',
    (mode) => {
      expect(jobWarnings(streaming(`triggerMode: ${mode}`))).toContain(UNUSED)
    },
  )

  it.each(['append', 'complete', 'update', 'Replace'])('knows the output mode %s', (mode) => {
    expect(jobWarnings(streaming(`outputMode: ${mode}`))).toContain(UNUSED)
  })

  it('puts up with a quoted truth value', () => {
    expect(jobWarnings(streaming('batchMode: "true"'))).toContain(
      '1 streaming.batchMode: a truth value stands without quotes',
    )
  })

  it('warns of a duration that nothing waits for', () => {
    const message =
      '1 streaming.triggerDuration: triggerDuration has an effect on ProcessingTime alone'
    expect(jobWarnings(streaming('triggerMode: Once, triggerDuration: 20 seconds'))).toContain(
      message,
    )
    expect(
      jobWarnings(streaming('triggerMode: ProcessingTime, triggerDuration: 20 seconds')),
    ).not.toContain(message)
  })

  it.each([
    [
      'triggerMode: Twice',
      'triggerMode: must be Once, OneTime, AvailableNow, ProcessingTime or Continuous',
    ],
    [
      'triggerMode: Continuous',
      'triggerMode: Continuous cannot commit to tables: use ProcessingTime',
    ],
    ['batchMode: yes', 'batchMode: must be true or false'],
    ['batchMode: "True "', 'batchMode: must be true or false'],
    [
      'batchMode: true, forEachBatchMode: false',
      'forEachBatchMode: batchMode is the older word for it, and says otherwise',
    ],
    ['triggerDuration: soon', 'triggerDuration: must be a number and a unit, such as 20 seconds'],
    [
      'watermark: {column: a, delay: soon}',
      'watermark.delay: must be a number and a unit, such as 10 minutes',
    ],
    ['outputMode: merge', 'outputMode: must be append, complete, update or replace'],
    ['checkpointLocation: [a]', 'checkpointLocation: must be text'],
    ['tiggerMode: Once', 'tiggerMode: unknown key tiggerMode, did you mean triggerMode?'],
  ])('is checked all the same: %s', (keys, fault) => {
    expect(jobFaults(streaming(keys))).toEqual([`1 streaming.${fault}`])
  })
})

const CHECKPOINT = 'checkpointLocation: "dataos://lake:raw/a/b?acl=rw"'

/** A job whose first input is a stream. */
function stream(keys: string, outputs: string = OUTPUTS): string {
  const text = `streaming: {${keys}}\n${INPUTS}${outputs}`
  return text.replace('name: calls,', 'name: calls, isStream: true,')
}

describe('streaming with a stream', () => {
  it.each([
    ['Once', { kind: 'once' }],
    ['oneTime', { kind: 'once' }],
    ['AvailableNow', { kind: 'available-now' }],
    ['ProcessingTime', { kind: 'interval', everyMs: 0 }],
    ['ProcessingTime, triggerDuration: 20 seconds', { kind: 'interval', everyMs: 20_000 }],
    ['ProcessingTime, triggerDuration: 250 milliseconds', { kind: 'interval', everyMs: 250 }],
  ])('begins batches by %s', (mode, trigger) => {
    expect(jobOf(stream(`triggerMode: ${mode}, ${CHECKPOINT}`))?.stream).toEqual({
      trigger,
      checkpoint: { depot: 'lake', path: ['raw', 'a', 'b'], acl: 'rw', params: new Map() },
      maxBadRecords: null,
      time: null,
      place: expect.objectContaining({ path: expect.stringMatching(/job\.streaming$/) }),
    })
  })

  it('begins a batch as soon as there is something new where nothing is said', () => {
    expect(jobOf(stream(CHECKPOINT))?.stream?.trigger).toEqual({ kind: 'interval', everyMs: 0 })
  })

  it('has a checkpoint', () => {
    expect(jobFaults(stream('triggerMode: Once'))).toEqual([
      '1 streaming: checkpointLocation is missing',
    ])
    expect(jobFaults(stream('checkpointLocation: /tmp/x'))).toEqual([
      '1 streaming.checkpointLocation: a dataset address begins with dataos://',
    ])
    const bare = stream(CHECKPOINT).replace(/^streaming.*\n/, '')
    expect(jobFaults(bare)).toEqual([
      expect.stringContaining('say in streaming where its checkpointLocation is'),
    ])
  })

  it('replaces its table with each batch where it is complete', () => {
    const job = jobOf(stream(`outputMode: complete, ${CHECKPOINT}`))
    expect(job?.outputs.map((output) => 'mode' in output && output.mode)).toEqual(['overwrite'])
  })

  it('never has an output that would lose the rows of earlier batches', () => {
    const overwriting = OUTPUTS.replace('append', 'overwrite')
    expect(overwriting).not.toBe(OUTPUTS)
    expect(jobFaults(stream(CHECKPOINT, overwriting))).toEqual([
      expect.stringContaining('in a stream only the last batch would stay'),
    ])
    expect(jobFaults(stream(`outputMode: update, ${CHECKPOINT}`))).toEqual([
      expect.stringContaining('update changes rows that are there, which needs merge'),
    ])
  })
})
