import { defineConfig } from 'vitest/config'

/** Tests that ask other engines: they wait for these as long as they work, so that two files go side by side on any machine. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    setupFiles: ['test/support/seed.ts'],
  },
})
