import { describe, expect, it } from 'vitest'
import {
  cleanName,
  maskText,
  snakeCase,
  titleCase,
} from '../../../../src/jobs/functions/letters.ts'

describe('letters', () => {
  it.each([
    ['hello wORLD', 'Hello World'],
    ['  a-b  c', '  A-b  C'],
    ['ÉTÉ ß', 'Été SS'],
    ['', ''],
  ])('as a title: %j', (text, title) => {
    expect(titleCase(text)).toBe(title)
  })

  it.each([
    ['XXX-XX-####', '999-65-3251', 'XXX-XX-3251'],
    ['##', '1', '1'],
    ['#x', '123', '1x'],
    ['*#', '𝄞𝄢', '*𝄢'],
  ])('masked by %s', (pattern, text, masked) => {
    expect(maskText(pattern, text)).toBe(masked)
  })

  it.each([
    ['orderId', 'order_id'],
    ['HTTPServer', 'http_server'],
    ['COVERED_ENCOUNTERS', 'covered_encounters'],
    ['line2Total', 'line2_total'],
    ['Two Words', 'two_words'],
    ['already_so', 'already_so'],
  ])('of names in snake case: %s', (name, snake) => {
    expect(snakeCase(name)).toBe(snake)
  })

  it.each([
    ['  Total (EUR) ', 'total__eur_'],
    ['PATIENT', 'patient'],
    ['größe', 'gr__e'],
  ])('of names made clean: %j', (name, clean) => {
    expect(cleanName(name)).toBe(clean)
  })
})
