import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{topics,functions,client,local,web,test,scripts,bench,loadtest}/**/*.test.ts'],
    // Whole-path tests each start a stack of their own: two at a time is what two cores bear.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
