import type { Packet } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import { unlistedCodes } from './aws-codes.ts'
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
      expect(unlistedCodes(stage.heardAtFive())).toEqual([])
    } finally {
      await stage.clear()
      await target.close()
    }
  })
})

// docs/aws-iot-core.md §2.7
test('a reason code that AWS does not list is found', () => {
  const packets: Packet[] = [
    { cmd: 'suback', granted: [0, 0x9e], messageId: 1 },
    { cmd: 'puback', reasonCode: 0x10, messageId: 1 },
    { cmd: 'disconnect', reasonCode: 0x95 },
    { cmd: 'connack', sessionPresent: false, reasonCode: 0 },
  ]
  expect(unlistedCodes(packets)).toEqual(['SUBACK 0x9e', 'PUBACK 0x10', 'DISCONNECT 0x95'])
})
