import { defineConfig } from 'vitest/config'

/** Whether tests notice what is wrong: each bug of `test/planted/bugs.ts` is planted, and its tests run. Takes minutes. */
export default defineConfig({
  test: {
    include: ['test/planted/planted.ts'],
    testTimeout: 300_000,
  },
})
