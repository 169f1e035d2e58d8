import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import { UsageError } from '../command/command.ts'
import { command } from '../command/iot.ts'

let child: ChildProcess | undefined

afterEach(() => {
  child?.kill('SIGKILL')
})

/** Starts it and waits for its last word of welcome. */
async function start(...args: string[]): Promise<{ readonly output: () => string }> {
  let output = ''
  const started = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, '../command/main.ts'),
      'iot',
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } },
  )
  child = started
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      if (output.includes('Ctrl-C stops it.')) resolve()
    }
    started.stdout.on('data', read)
    started.stderr.on('data', read)
    started.once('exit', () => reject(new Error(`it ended: ${output}`)))
  })
  return { output: () => output }
}

async function stop(signal: 'SIGINT' | 'SIGTERM'): Promise<unknown> {
  const exit = once(child as ChildProcess, 'exit')
  child?.kill(signal)
  return (await exit)[0] as unknown
}

test('starts the broker alone, says where it is, carries messages between both ports, and ends at Ctrl-C', async () => {
  const { output } = await start('--port', '0', '--tcp-port', '0', '--anonymous', '--verbose')
  const webSocket = /ws:\/\/localhost:\d+\/mqtt/.exec(output())?.[0] ?? ''
  const tcp = /mqtt:\/\/localhost:\d+/.exec(output())?.[0] ?? ''
  expect(output()).toMatch(/mosquitto_pub -p \d+ -t hello\/world/)
  const subscriber = await connectAsync(webSocket, { protocolVersion: 5, clientId: 'sub\u001b[31m' })
  const publisher = await connectAsync(tcp, { protocolVersion: 4 })
  await subscriber.subscribeAsync('hello/#')
  const heard = new Promise<string>((resolve) =>
    subscriber.once('message', (_, payload) => resolve(String(payload))),
  )
  await publisher.publishAsync('hello/world', 'one donation')
  expect(await heard).toBe('one donation')
  const page = await fetch(webSocket.replace('ws:', 'http:').replace('/mqtt', '/_fanfare/iot'))
  expect(await page.json()).toMatchObject({ stats: { connections: 2 } })
  await publisher.endAsync()
  await subscriber.endAsync()
  expect(await stop('SIGINT')).toBe(0)
  expect(output()).toContain('connected sub')
  expect(output()).not.toContain('\u001b[31m')
})

test('without --anonymous nobody comes in without a signature, and the way in is told', async () => {
  const { output } = await start('--port', '0')
  expect(output()).toContain('aws iot-data publish')
  expect(output()).not.toContain('mqtt://')
  const port = /ws:\/\/localhost:(\d+)/.exec(output())?.[1]
  const answer = await fetch(`http://localhost:${port}/topics/a`, { method: 'POST' })
  expect(answer.status).toBe(403)
  expect(await stop('SIGTERM')).toBe(0)
})

test.each([
  [['--port', 'x'], '--port is "x"; give a whole number up to 65535'],
  [['--quotas', 'some'], 'give enforce, count or off'],
  [['--region', 'Ireland'], 'give one such as eu-west-1'],
  [['--faults', 'double=2'], 'a number up to 1'],
  [['--faults', 'triple=1'], 'expected NAME=N with a name of double, drop'],
  [['--nonsense'], "Unknown option '--nonsense'"],
])('%j is refused in one line', async (args, problem) => {
  const refused = command.run(args)
  await expect(refused).rejects.toBeInstanceOf(UsageError)
  await expect(refused).rejects.toThrow(problem)
})

test.each([
  ['--port', (port: number) => ['--port', `${port}`]],
  ['--tcp-port', (port: number) => ['--port', '0', '--tcp-port', `${port}`]],
])('a port that is taken is told with its option %s', async (option, args) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  try {
    await expect(command.run(args(port))).rejects.toThrow(
      new RegExp(`cannot listen on 127.0.0.1:${port} .*; free the port, or set .*${option}\\) to another`),
    )
  } finally {
    taken.close()
  }
})
