import { defineConfig } from 'vitest/config'

/** Tests that ask other engines. They start servers and read large tables, so one file runs at a time. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    setupFiles: ['test/support/seed.ts'],
  },
})
