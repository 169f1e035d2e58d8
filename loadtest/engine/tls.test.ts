import { expect, test } from 'vitest'
import { startIotCore } from '../../local/iot/index.ts'
import { openTlsDoor } from '../../local/iot/testing/tls-door.ts'
import { campaignTotal } from '../../topics/campaign-total.ts'
import { stateMessage } from '../../topics/index.ts'
import { aGroup, aPhase, aPlan, runOn, total, totalValue } from '../testing/a-plan.ts'

// The threads take their environment from the run's; only theirs trusts a certificate that nobody vouches for.
const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }

test('wss:// as AWS has it: hears, is cut off and comes back', async () => {
  const iot = await startIotCore({ anonymous: true, quotas: 'off' })
  const door = await openTlsDoor(iot.port)
  const plan = aPlan(`wss://localhost:${door.port}/mqtt`, [
    aPhase({
      durationMs: 3000,
      subscribers: [aGroup()],
      cuts: [{ atMs: 2000, share: 1, returnWithinMs: 200 }],
    }),
  ])
  let sequence = 0
  const publishing = setInterval(() => {
    sequence += 1
    const head = { topic: total.topic, epoch: 'e', sequence, time: new Date().toISOString() }
    iot.publish(total.topic, Buffer.from(JSON.stringify(stateMessage(campaignTotal, head, totalValue))), {
      retain: true,
    })
  }, 100)
  const outcome = await runOn(iot, plan, { env }).finally(() => clearInterval(publishing))
  await door.close()
  expect(outcome.total.connections).toMatchObject({ connected: 20, open: 10, left: 10, refused: [] })
  const [topic] = outcome.total.topics
  expect(topic).toMatchObject({
    lost: 0,
    duplicated: 0,
    unfit: 0,
    currentValue: { count: 20 },
    back: { count: 10 },
  })
  expect(topic?.delivered).toBeGreaterThan(150)
})
