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
    ['outputMode: merge', 'outputMode: must be append, complete, update or replace'],
    ['checkpointLocation: [a]', 'checkpointLocation: must be text'],
    ['tiggerMode: Once', 'tiggerMode: unknown key tiggerMode, did you mean triggerMode?'],
  ])('is checked all the same: %s', (keys, fault) => {
    expect(jobFaults(streaming(keys))).toEqual([`1 streaming.${fault}`])
  })

  it('refuses a watermark by name', () => {
    expect(jobFaults(streaming('watermark: {column: a}'), 'unsupported')).toEqual([
      '1 streaming.watermark: watermark is not supported yet',
    ])
  })
})

describe('streaming with a stream', () => {
  it('is refused by the name of the stream', () => {
    const text = streaming('triggerMode: AvailableNow').replace(
      'name: calls,',
      'name: calls, isStream: true,',
    )
    expect(jobFaults(text, 'unsupported')).toEqual([
      '2 inputs[0].isStream: isStream is not supported yet',
    ])
  })
})
