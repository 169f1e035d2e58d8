/** What one writes without a load tester, a loop of mqtt.js clients: `mqtt-js-loop.ts PORT VIEWERS HOLD-MS RATE …`, as tester.ts. */
import { connectAsync, type MqttClient } from 'mqtt'
import type { LoopOutcome } from './loop-outcome.ts'

const [port = 0, viewers = 0, holdMs = 0, ...rates] = process.argv.slice(2).map(Number)
const topic = 'campaigns/red-nose/total'
const residentBefore = process.memoryUsage.rss()
const clients: MqttClient[] = []
const connect = (clientId: string): Promise<MqttClient> =>
  connectAsync(`ws://127.0.0.1:${port}/mqtt`, { clientId, protocolVersion: 5, keepalive: 1200 })
let received = 0
let wrong = 0
while (clients.length < viewers) {
  const next = Array.from({ length: Math.min(50, viewers - clients.length) }, (_, index) =>
    connect(`loop-${clients.length + index}`),
  )
  for (const client of await Promise.all(next)) {
    let last = 0
    client.on('message', (_, payload) => {
      received += 1
      const { sequence } = JSON.parse(payload.toString()) as { sequence: number }
      if (sequence !== last + 1) wrong += 1
      last = sequence
    })
    await client.subscribeAsync(topic)
    clients.push(client)
  }
}
const bytesPerConnection = (process.memoryUsage.rss() - residentBefore) / viewers
const publisher = await connect('loop-publisher')
const data = { name: 'Red Nose', total: { value: 100, currency: 'EUR' }, donations: 1 }
let sequence = 0
const steps: LoopOutcome['steps'][number][] = []
for (const rate of rates) {
  const before = received
  const cpu = process.cpuUsage()
  const started = performance.now()
  for (let sent = 0; sent < (rate * holdMs) / 1000;) {
    while (sent < ((performance.now() - started) * rate) / 1000) {
      sequence += 1
      sent += 1
      publisher.publish(topic, JSON.stringify({ id: 'x'.repeat(200), sequence, data }))
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const { user, system } = process.cpuUsage(cpu)
  const tookMs = performance.now() - started
  steps.push({
    rate,
    perSecond: ((received - before) / tookMs) * 1000,
    cpu: (user + system) / 1000 / tookMs,
  })
}
await new Promise((resolve) => setTimeout(resolve, 500))
process.send?.({ steps, wrong, bytesPerConnection } satisfies LoopOutcome, () => process.exit(0))
