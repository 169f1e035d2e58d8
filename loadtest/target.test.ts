import { expect, it } from 'vitest'
import { hostToDial, isLoopback } from './engine/addresses.ts'
import { chooseTarget, isThisMachine, TargetError } from './target.ts'

const options = { yes: false, region: 'eu-west-1' }

it.each([
  ['http://localhost:4000', true],
  ['http://127.0.0.1', true],
  ['http://127.3.2.1:80', true],
  ['http://[::1]:4000', true],
  ['http://stack.localhost', true],
  ['http://127.0.0.1.example.org', false],
  ['http://localhost.example.org', false],
  ['http://192.168.1.4', false],
  ['http://0x7f000001.example', false],
  ['https://example.org', false],
])('%s is this machine: %s', (url, own) => {
  expect(isThisMachine(url)).toBe(own)
})

it('is the local stack where nothing is named, its ports from the environment', () => {
  expect(chooseTarget(options, { PORT: '4100', IOT_PORT: '4101' })).toEqual({
    kind: 'local',
    httpUrl: 'http://localhost:4100',
    mqttUrl: 'ws://localhost:4101/mqtt',
    dataPlaneUrl: 'http://localhost:4101',
    statusUrl: 'http://localhost:4101/_fanfare/iot',
    region: 'eu-west-1',
    authentication: { kind: 'session', url: 'http://localhost:4100/session' },
  })
})

it.each([
  { target: 'https://example.org' },
  { mqtt: 'wss://abc.iot.eu-west-1.amazonaws.com/mqtt' },
  { dataPlane: 'https://abc.iot.eu-west-1.amazonaws.com' },
])('elsewhere is refused without --yes, and taken with it: %j', (elsewhere) => {
  expect(() => chooseTarget({ ...options, ...elsewhere }, {})).toThrow(/give --yes beside --target/)
  expect(chooseTarget({ ...options, ...elsewhere, yes: true }, {})).toMatchObject({ kind: 'endpoint' })
})

it('an elsewhere has no figures of its own, and its session names the endpoint', () => {
  const target = chooseTarget({ ...options, target: 'https://example.org/', yes: true }, {})
  expect(target).toMatchObject({ httpUrl: 'https://example.org' })
  expect(target.mqttUrl).toBeUndefined()
  expect(target.statusUrl).toBeUndefined()
})

it('a session URL elsewhere is elsewhere', () => {
  const authentication = { kind: 'session', url: 'https://example.org/session' } as const
  expect(() => chooseTarget({ ...options, authentication }, {})).toThrow(TargetError)
})

it.each(['nonsense', 'ftp://example.org', 'http://me:secret@localhost', 'http://localhost/?a=b'])(
  'what is no address is refused: %s',
  (target) => {
    expect(() => chooseTarget({ ...options, target, yes: true }, {})).toThrow(TargetError)
  },
)

it.each([
  ['localhost', '127.0.0.1', true],
  ['stack.localhost', '127.0.0.1', true],
  ['127.0.0.1', '127.0.0.1', true],
  ['[::1]', '::1', false],
  ['127.0.0.1.example.org', '127.0.0.1.example.org', false],
])('%s is dialled at %s, which has other addresses: %s', (host, dialled, own) => {
  expect({ dialled: hostToDial(host), own: isLoopback(host) }).toEqual({ dialled, own })
})
