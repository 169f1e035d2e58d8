/**
 * Where the load goes, and whether it may go there.
 *
 * @module
 */
import { isIP } from 'node:net'
import type { Authentication, LoadTarget } from './plan.ts'

export interface TargetOptions {
  /** Base of the HTTP API; absent: the local stack's. */
  readonly target?: string | undefined
  /** The person said that a target elsewhere is meant. */
  readonly yes: boolean
  /** Address of MQTT over WebSocket, or its base on this machine. */
  readonly mqtt?: string | undefined
  readonly dataPlane?: string | undefined
  readonly region: string
  readonly authentication?: Authentication | undefined
}

/** The target is refused; the message ends with the remedy. */
export class TargetError extends Error {
  override readonly name = 'TargetError'
  readonly code = 'TARGET_REFUSED'
}

/** Whether an address is this machine's own: `localhost`, 127.0.0.0/8, ::1. */
export function isThisMachine(url: string): boolean {
  const { hostname } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}

/** The target that the options name. Throws TargetError for one elsewhere without `--yes`, and for what is no address. */
export function chooseTarget(
  options: TargetOptions,
  env: Readonly<Record<string, string | undefined>>,
): LoadTarget {
  const httpUrl = address(
    options.target ?? `http://localhost:${env['PORT'] ?? 4000}`,
    '--target',
    /^https?:$/,
  )
  const given = options.authentication ?? { kind: 'session', url: `${httpUrl}/session` }
  const authentication: Authentication =
    given.kind === 'session' ? { ...given, url: address(given.url, '--session', /^https?:$/) } : given
  const sessionUrl = authentication.kind === 'session' ? authentication.url : undefined
  const local = isThisMachine(httpUrl)
  const iot = `http://localhost:${env['IOT_PORT'] ?? 4001}`
  // On this machine the endpoint is always named, so that a session cannot lead the load elsewhere.
  const mqttUrl =
    options.mqtt === undefined
      ? local
        ? `${iot.replace('http', 'ws')}/mqtt`
        : undefined
      : address(options.mqtt, '--mqtt', /^wss?:$/)
  const status =
    local && mqttUrl !== undefined ? mqttUrl.replace(/^ws/, 'http').replace(/\/mqtt$/, '') : undefined
  const dataPlaneUrl =
    options.dataPlane === undefined ? status : address(options.dataPlane, '--data-plane', /^https?:$/)
  const elsewhere = [httpUrl, sessionUrl, mqttUrl, dataPlaneUrl].filter(
    (url): url is string => url !== undefined && !isThisMachine(url),
  )
  if (elsewhere.length > 0 && !options.yes) {
    throw new TargetError(
      `${elsewhere[0]} is not this machine: a load test there costs money and may disturb people; give --yes beside --target when it is yours and meant`,
    )
  }
  if (mqttUrl === undefined && authentication.kind !== 'session')
    throw new TargetError(
      'no MQTT endpoint is named, and without a session nothing tells it; give --mqtt wss://…/mqtt',
    )
  return {
    kind: elsewhere.length === 0 ? 'local' : 'endpoint',
    httpUrl,
    region: options.region,
    authentication,
    ...(mqttUrl === undefined ? {} : { mqttUrl }),
    ...(dataPlaneUrl === undefined ? {} : { dataPlaneUrl }),
    ...(elsewhere.length === 0 && status !== undefined ? { statusUrl: `${status}/_fanfare/iot` } : {}),
  }
}

function address(text: string, option: string, protocol: RegExp): string {
  const url = text.replace(/\/+$/, '')
  if (!URL.canParse(url) || !protocol.test(new URL(url).protocol))
    throw new TargetError(
      `${option} is ${JSON.stringify(text)}; give an address such as ${option === '--mqtt' ? 'wss://example.org/mqtt' : 'https://example.org'}`,
    )
  const { username, password, search, hash } = new URL(url)
  if (username !== '' || password !== '' || search !== '' || hash !== '')
    throw new TargetError(`${option} has more than an address in it; leave out names, passwords, ? and #`)
  return url
}
