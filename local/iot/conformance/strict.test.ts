import assert from 'node:assert/strict'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { localTarget } from './local-target.ts'
import type { Speaker } from './speaker.ts'
import { Stage } from './stage.ts'
import type { Target } from './target.ts'

// The strict mode: what AWS's pages leave open ends the connection. docs/aws-iot-core.md §2.1, §12.1.

let target: Target
let stage: Stage

beforeEach(async () => {
  target = await localTarget('WebSocket', true)
  stage = new Stage(target, 5, '')
})

afterEach(async () => {
  await stage.clear()
  await target.close()
})

const refusals: readonly [what: string, code: number, act: (speaker: Speaker) => void][] = [
  ['a denied SUBSCRIBE', 0x87, (speaker) => speaker.sendSubscribe(stage.topicOf('denied', 'a'))],
  ['an invalid filter', 0x8f, (speaker) => speaker.sendSubscribe('a/#/b')],
  [
    'a denied PUBLISH at QoS 1',
    0x87,
    (speaker) => speaker.sendPublish(stage.topicOf('denied', 'a'), 'x', { qos: 1 }),
  ],
  ['a PUBLISH to $aws/x', 0x90, (speaker) => speaker.sendPublish('$aws/x', 'x', { qos: 1 })],
]

test.each(refusals)('§12.1 %s ends the connection of MQTT 5 too', async (_, code, act) => {
  const speaker = await stage.connect('a')
  act(speaker)
  await speaker.endedWith(code)
  expect(speaker.heard('suback') || speaker.heard('puback')).toBe(false)
})

test('§12.8 so does the 51st subscription', async () => {
  const speaker = await stage.connect('a')
  for (let at = 0; at < 50; at += 5)
    await speaker.subscribe(...Array.from({ length: 5 }, (_, next) => stage.topic(`f${at + next}`)))
  speaker.sendSubscribe(stage.topic('f50'))
  await speaker.endedWith(0x97)
})

test('§2.1 a packet before the CONNACK ends the connection', async () => {
  const speaker = await stage.open()
  speaker.send(stage.connectPacket('a'))
  speaker.send({ cmd: 'pingreq' })
  await speaker.ended()
  assert.ok(!speaker.heard('connack'))
})
