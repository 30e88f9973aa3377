import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { utf8Text } from '../../../src/base/utf8-text.ts'
import { runs } from '../../support/runs.ts'
import { collect, text } from '../../support/streams.ts'
import { textLines } from '../../support/text-lines.ts'
import type { TextLine } from '../../support/text-lines.ts'

/** Bytes as a stream gives them: in pieces that end anywhere, some of them empty. */
async function* pieces(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0
  for (const length of lengths) {
    yield bytes.subarray(start, start + length)
    start += length
  }
  yield bytes.subarray(start)
}

function linesOf(bytes: Uint8Array, ...lengths: readonly number[]): Promise<TextLine[]> {
  return collect(textLines(pieces(bytes, lengths)))
}

const anyLengths = fc.array(fc.nat(5), { maxLength: 20 })

describe('lines of a stream', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\n\nb', ['a', '', 'b']],
    ['\n', ['']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['a\rb\n', ['a\rb']],
    ['\ufeffa\n\ufeffb', ['a', '\ufeffb']],
  ])('of %j are %j', async (content, lines) => {
    const expected = lines.map((line, index) => ({ text: line, line: index + 1 }))
    expect(await linesOf(text(content))).toEqual(expected)
  })

  it('are always the same, wherever the pieces end', async () => {
    const anyText = fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'é', '€', '𝄞', '\ufeff') })
    await fc.assert(
      fc.asyncProperty(anyText, anyLengths, async (content, lengths) => {
        expect(await linesOf(text(content), ...lengths)).toEqual(await linesOf(text(content)))
      }),
      runs(200),
    )
  })

  it('end at the line that is not UTF-8, wherever the pieces end', async () => {
    const bad = fc.constantFrom([0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80])
    await fc.assert(
      fc.asyncProperty(fc.nat(5), bad, anyLengths, async (before, bytes, lengths) => {
        const content = Uint8Array.from([...text('é\n'.repeat(before)), ...bytes, ...text('\nb\n')])
        await expect(linesOf(content, ...lengths)).rejects.toMatchObject({
          kind: 'invalid',
          context: { line: before + 1 },
        })
      }),
      runs(200),
    )
  })

  it('may not be of any length', async () => {
    const piece = new Uint8Array(64 << 20).fill(0x61)
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield piece
    }
    await expect(collect(textLines(endless()))).rejects.toMatchObject({
      kind: 'limit',
      context: { line: 1 },
    })
  })
})

describe('text of a stream', () => {
  it('is always whole, wherever the pieces end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), anyLengths, async (content, lengths) => {
        const parts = await collect(utf8Text(pieces(text(content), lengths)))
        expect(parts.join('')).toBe(content.replace(/^\ufeff/, ''))
      }),
      runs(200),
    )
  })

  it('is refused when it is not UTF-8, also at its very end', async () => {
    for (const bytes of [[0xff], [0x61, 0xc3]]) {
      const read = collect(utf8Text(pieces(Uint8Array.from(bytes), [1])))
      await expect(read).rejects.toMatchObject({ kind: 'invalid' })
    }
  })
})
