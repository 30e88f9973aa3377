/** Paths of files, and other ways to spell them. */
import fc from 'fast-check'

/** As a writer may name a file: letters of any script, and what is encoded elsewhere. */
const anySegment = fc
  .string({
    unit: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...Array.from('abz019=_-. +&%é')) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('%2F', '%20', '%25', '%C3', '日', '\u{1f697}', '\u0301'),
      },
    ),
    minLength: 1,
    maxLength: 8,
  })
  .filter((segment) => segment !== '.' && segment !== '..' && !/^\.*$/.test(segment))

/** A path of a plain file, from the root. */
export const anyPath: fc.Arbitrary<string> = fc
  .array(anySegment, { minLength: 1, maxLength: 4 })
  .map((segments) => `/${segments.join('/')}`)

/** A path by another spelling, which may mean the same file. */
export type Respelling = (path: string) => string

const RESPELLINGS: readonly Respelling[] = [
  (path) => path,
  // But for the first, after which two would begin with an authority.
  (path) => path.replaceAll(/(?<=[^:/])\//g, '//'),
  (path) => `${path}/`,
  (path) => encodeURI(path),
  (path) => path.split('/').map(encodeURIComponent).join('/'),
  (path) => path.normalize('NFD'),
  (path) => path.replace('/', '/./'),
  (path) => path.replace('/', '/x/../'),
]

export const anyRespelling: fc.Arbitrary<Respelling> = fc
  .array(fc.constantFrom(...RESPELLINGS), { minLength: 1, maxLength: 4 })
  .map((steps) => (path: string) => steps.reduce((spelled, step) => step(spelled), path))
