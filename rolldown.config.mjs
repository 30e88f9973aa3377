// The command in a few files. As modules it is 280 of ours and 150 of Arrow's, and to find and load those took a third of a
// second, more than most commands then do. So the build replaces `dist/cli.js`, which tsc writes, by one that loads
// `dist/command`; without this step the command works as well, later. Programs import what tsc writes, and so do the
// threads that a command starts: a bundle shares no class with them, and what they tell each other is data.
import { readFileSync, readdirSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

import { defineConfig } from 'rolldown'

/** Packages that most commands load. What few of them need stays where it is installed, and loads from there. */
const BUNDLED = ['apache-arrow', 'commander', 'flatbuffers', 'json-with-bigint', 'tslib']

const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/

export default defineConfig({
  cwd: import.meta.dirname,
  input: { cli: 'src/cli.ts' },
  platform: 'node',
  external: (id) => !id.startsWith('.') && !isAbsolute(id) && !BUNDLED.includes(packageOf(id)),
  output: {
    dir: 'dist',
    chunkFileNames: 'command/[name].js',
    codeSplitting: {
      groups: [
        { name: 'commander', test: /[\\/]node_modules[\\/]commander[\\/]/ },
        { name: 'arrow', test: /[\\/]node_modules[\\/]/ },
        // What nearly all commands need would else lie in as many files as there are ways to share it.
        { name: 'base', test: /[\\/]src[\\/]base[\\/]/ },
        { name: 'values', test: /[\\/]src[\\/](?:types|layout)[\\/]/ },
      ],
    },
    // Names and the comments that say where code is from stay: a stack trace should tell something.
    comments: { jsdoc: false },
  },
  plugins: [notices()],
})

/** Licenses allow copies that carry them. */
function notices() {
  return {
    name: 'notices',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap(({ moduleIds = [] }) => moduleIds)
      const folders = new Set(modules.flatMap((id) => PACKAGE.exec(id.replaceAll('\\', '/')) ?? []))
      const source = [...folders].sort().map(noticeOf).join('\n')
      this.emitFile({ type: 'asset', fileName: 'command/NOTICES.txt', source })
    },
  }
}

function noticeOf(folder) {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice)/i.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim())
  if (texts.length === 0) throw new Error(`${name} has no license to copy`)
  return [`${name} ${version}`, ...texts, ''].join('\n\n')
}

/** `name` of `name/inner/file.js`. */
function packageOf(id) {
  return id.split('/', 1)[0]
}
