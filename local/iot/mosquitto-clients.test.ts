import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, startIotCore } from './index.ts'
import { anAnswer, anAuthorizer, signature } from './testing/an-authorizer.ts'

// Mosquitto's own clients over plain TCP, as they come from Debian. docs/aws-iot-core.md §1.

/** Tests run beside each other: an answer may take a while. */
const patient = { timeout: 10_000 }

let iot: IotCore
let children: ChildProcess[]

beforeEach(async () => {
  children = []
  iot = await startIotCore({ tcpPort: 0, authorizers: [anAuthorizer(() => anAnswer({}))] })
})

afterEach(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  await iot.close()
})

const versions = ['311', '5'] as const

/** Let in by a custom authorizer, named after the username's `?`. docs/aws-iot-core.md §5a. */
function options(version: string, clientId: string): string[] {
  const credentials = new URLSearchParams({
    'x-amz-customauthorizer-name': 'visitors',
    'x-amz-customauthorizer-signature': signature('t'),
    token: 't',
  })
  const address = ['-h', '127.0.0.1', '-p', `${iot.tcpPort}`]
  return [...address, '-V', version, '-i', clientId, '-u', `mosquitto?${credentials.toString()}`]
}

/** Starts mosquitto_sub and waits for its subscription. */
async function subscriber(
  version: string,
  ...more: readonly string[]
): Promise<{ child: ChildProcess; lines: () => string[] }> {
  const child = spawn('mosquitto_sub', [...options(version, 'visitor1-0'), '-F', '%t %q %r %p', ...more])
  children.push(child)
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  await expect.poll(() => iot.stats().subscriptions, patient).toBe(1)
  return { child, lines: () => said.split('\n').filter((line) => line !== '') }
}

function publish(version: string, clientId: string, ...more: readonly string[]): Promise<unknown> {
  return promisify(execFile)('mosquitto_pub', [...options(version, clientId), ...more])
}

test.each(versions)('mosquitto_sub hears what is retained and live (MQTT %s)', async (version) => {
  iot.publish('public/a', Buffer.from('kept'), { retain: true, qos: 1 })
  const { child, lines } = await subscriber(version, '-t', 'public/a', '-q', '1', '-C', '3')
  iot.publish('public/a', Buffer.from('live'), { qos: 1 })
  iot.publish('public/a', Buffer.from('once'))
  await once(child, 'exit')
  expect(lines()).toEqual(['public/a 1 1 kept', 'public/a 1 0 live', 'public/a 0 0 once'])
})

test.each(versions)('mosquitto_pub publishes at QoS 0 and 1, retained too (MQTT %s)', async (version) => {
  await publish(version, 'visitor1-0', '-t', 'drop/a', '-m', 'nought', '-q', '0')
  await publish(version, 'visitor1-1', '-t', 'drop/a', '-m', 'one', '-q', '1', '-r')
  expect(iot.stats()).toMatchObject({ publishes: 2, retainedMessages: 1 })
})

test('mosquitto_pub is told of a topic that it may not publish to (MQTT 5)', async () => {
  await expect(publish('5', 'visitor1-1', '-t', 'private/a', '-m', 'x', '-q', '1')).resolves.toMatchObject({
    stderr: expect.stringContaining('Not authorized'),
  })
})

test('mosquitto_sub takes part in a shared subscription', async () => {
  iot = await replace({ tcpPort: 0, anonymous: true })
  const { child, lines } = await subscriber('5', '-t', '$share/group/public/a', '-C', '1')
  iot.publish('public/a', Buffer.from('shared'))
  await once(child, 'exit')
  expect(lines()).toEqual(['public/a 0 0 shared'])
})

test.each(versions)('the Will of a mosquitto_sub that is killed is sent (MQTT %s)', async (version) => {
  const will = ['--will-topic', 'drop/will', '--will-payload', 'gone', '--will-retain']
  const { child } = await subscriber(version, '-t', 'public/a', ...will)
  child.kill('SIGKILL')
  await expect.poll(() => iot.stats().retainedMessages, patient).toBe(1)
})

async function replace(other: Parameters<typeof startIotCore>[0]): Promise<IotCore> {
  await iot.close()
  return startIotCore(other)
}
