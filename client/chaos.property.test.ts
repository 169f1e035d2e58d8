import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chaosRun, chaosRuns } from './testing/chaos-run.ts'

// docs/aws-iot-core.md §12.14: what AWS may do. `npm run soak -- client` draws thousands.
test('against the local broker and its faults, nothing comes twice or out of order, nothing is missing in silence, and no state goes back', async () => {
  await fc.assert(
    fc.asyncProperty(chaosRuns, async (run) => {
      expect(await chaosRun(run)).toEqual([])
    }),
    { numRuns: 150 },
  )
})
