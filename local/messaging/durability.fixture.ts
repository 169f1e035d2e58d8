/** Publishes without end, printing each message once it was answered, until it is killed. */
import { seededChance } from '../chance.ts'
import { systemClock } from '../clock.ts'
import { noFaults } from '../faults.ts'
import { createMessaging } from './index.ts'

const messaging = createMessaging({
  dataFile: process.argv[2] ?? '',
  clock: systemClock,
  chance: seededChance(1),
  faults: noFaults(),
  log: (message) => process.stderr.write(`${message}\n`),
})
const queue = messaging.createQueue({ name: 'q' })
const { arn } = messaging.createTopic({ name: 't' })
messaging.subscribe({ topicArn: arn, protocol: 'sqs', endpoint: queue.arn, rawMessageDelivery: true })

async function publishWithoutEnd(worker: number): Promise<never> {
  for (let number = 0; ; number++) {
    const body = `${worker}-${number}`
    const { statusCode } = await messaging.sns({
      method: 'POST',
      path: '/',
      query: {},
      headers: {},
      body: Buffer.from(`Action=Publish&TopicArn=${encodeURIComponent(arn)}&Message=${body}`),
    })
    if (statusCode === 200) process.stdout.write(`${body}\n`)
    // Every other message is received, so that some are in flight when the end comes.
    if (number % 2 === 0) queue.receive({ max: 1 })
  }
}

await Promise.all([0, 1, 2, 3].map(publishWithoutEnd))
