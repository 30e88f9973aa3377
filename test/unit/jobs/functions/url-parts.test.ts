import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { URL_PARTS, urlPart } from '../../../../src/jobs/functions/url-parts.ts'
import { runs } from '../../../support/runs.ts'

function partsOf(text: string): Record<string, string | null> {
  return Object.fromEntries(URL_PARTS.map((part) => [part, urlPart(part, text)]))
}

describe('the parts of a URL', () => {
  it('are those that it has', () => {
    expect(partsOf('https://me:secret@example.com:8443/a/b.html?q=1&r=2#top')).toEqual({
      protocol: 'https',
      authority: 'me:secret@example.com:8443',
      host: 'example.com',
      port: '8443',
      path: '/a/b.html',
      filename: '/a/b.html?q=1&r=2',
      query: 'q=1&r=2',
    })
  })

  it('are null where it has none', () => {
    expect(partsOf('http://[::1]')).toEqual({
      protocol: 'http',
      authority: '[::1]',
      host: '[::1]',
      port: null,
      path: null,
      filename: null,
      query: null,
    })
    expect(partsOf('mailto:me@example.com')).toMatchObject({ host: null, path: 'me@example.com' })
  })

  it.each(['www.example.com', '', '//example.com', 'http://a:b:c/'])('of %j are none', (text) => {
    expect(() => partsOf(text)).toThrow('text is no URL')
  })

  it('are always those that the URL standard finds', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (text) => {
        const url = new URL(text)
        const parts = partsOf(text)
        expect(parts['host']?.toLowerCase()).toBe(url.hostname)
        expect(parts['protocol']).toBe(url.protocol.slice(0, -1))
        expect(parts['query'] ?? '').toBe(/^[^#]*?\?([^#]*)/.exec(text)?.[1] ?? '')
      }),
      runs(300),
    )
  })
})
