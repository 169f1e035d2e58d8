import { describe, expect, test } from 'vitest'
import { casesFor } from './case.ts'
import { localTarget } from './local-target.ts'
import { Stage } from './stage.ts'
import { conformanceCases } from './suite.ts'

test('every case has a name of its own', () => {
  const abilities = new Set(['time', 'policy', 'WebSocket', 'TCP'] as const)
  const names = casesFor(conformanceCases, { abilities }).map(({ name }) => name)
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

describe.each(['WebSocket', 'TCP'] as const)('over %s', (transport) => {
  const abilities = new Set(['time', 'policy', transport] as const)
  test.each(casesFor(conformanceCases, { abilities }))('$name', async ({ case: { run }, version }) => {
    const target = await localTarget(transport)
    const stage = new Stage(target, version, '')
    try {
      await run(stage)
    } finally {
      await stage.clear()
      await target.close()
    }
  })
})
