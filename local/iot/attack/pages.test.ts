/** A web site that a developer visits, while the broker runs on the machine. docs/aws-iot-core.md §5b. */
import { once } from 'node:events'
import { request } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type IotCore, startIotCore } from '../index.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { presign } from '../testing/presign.ts'

let iot: IotCore

afterEach(() => iot.close())

/** 101, or the status that the upgrade is refused with. */
async function upgrade(url: string, origin?: string): Promise<number> {
  const webSocket = new WebSocket(url, ['mqtt'], origin === undefined ? {} : { origin })
  const status = await new Promise<number>((resolve) => {
    webSocket.on('open', () => resolve(101))
    webSocket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    webSocket.on('error', () => {})
  })
  webSocket.terminate()
  return status
}

const origins: [origin: string | undefined, isLetIn: boolean][] = [
  [undefined, true],
  ['http://localhost:3000', true],
  ['https://app.localhost', true],
  ['http://127.0.0.1:5173', true],
  ['http://[::1]:5173', true],
  ['https://evil.example', false],
  ['http://localhost.evil.example', false],
  ['http://192.168.7.7:3000', false],
  ['null', false],
]

test.each(origins)('an anonymous broker: a page of %s is let in: %s', async (origin, isLetIn) => {
  iot = await startIotCore({ anonymous: true })
  expect(await upgrade(iot.url, origin)).toBe(isLetIn ? 101 : 403)
})

test.each(origins)('the keys that everybody knows: a page of %s is let in: %s', async (origin, isLetIn) => {
  const clock = manualClock()
  iot = await startIotCore({ clock })
  expect(await upgrade(await presign(iot.url, { at: clock.now() }), origin)).toBe(isLetIn ? 101 : 403)
})

test('keys of one’s own let in any page that has them', async () => {
  const clock = manualClock()
  iot = await startIotCore({ clock, credentials: [{ accessKeyId: 'own', secretAccessKey: 'a secret' }] })
  const url = await presign(iot.url, { at: clock.now(), accessKeyId: 'own', secretAccessKey: 'a secret' })
  expect(await upgrade(url, 'https://app.example')).toBe(101)
})

test('a page whose name was made to lead here does not read what the broker tells of itself', async () => {
  iot = await startIotCore({ anonymous: true })
  const status = async (host: string): Promise<number> => {
    const asked = request({ port: iot.port, host: '127.0.0.1', path: '/_fanfare/iot', headers: { host } })
    asked.end()
    const [response] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }]
    response.resume()
    return response.statusCode
  }
  expect(await status(`localhost:${iot.port}`)).toBe(200)
  expect(await status(`127.0.0.1:${iot.port}`)).toBe(200)
  expect(await status(`evil.example:${iot.port}`)).toBe(403)
})
