/**
 * How connections get in: where they connect, with which credentials and under which client ID.
 *
 * @module
 */
import * as v from 'valibot'
import type { LoadPlan, LoadTarget } from '../plan.ts'
import { endpointRefused } from '../reason-text.ts'
import { hostToDial, isLoopback } from './addresses.ts'
import type { Endpoint } from './connection.ts'
import type { RequestCounts } from './figures.ts'
import { sendRequest } from './http-request.ts'
import { keysFrom, presignedPath } from './sigv4.ts'

/** Where a connection goes; its reader's speed is the group's to say. */
export type Admitted = { readonly endpoint: Endpoint } | { readonly refused: string }

export interface Admission {
  /** Credentials for one connection. Those of a session are good for its returns; `again` says it comes back with them. */
  admit(from: string | undefined, requests: RequestCounts): Promise<Admitted>
  /** Whether what was admitted may be used for another attempt. */
  readonly reusable: boolean
}

/** `part` tells apart the client IDs of threads and publishers. Throws RangeError for a target that is not described. */
export function createAdmission({ target, run }: LoadPlan, part: string, env: NodeJS.ProcessEnv): Admission {
  const { authentication } = target
  let count = 0
  const clientId = (): string => `${run}-${part}-${(count += 1)}`
  switch (authentication.kind) {
    case 'session':
      return sessions(target, new URL(authentication.url))
    case 'none':
      return {
        reusable: true,
        admit: async (from) => ({ endpoint: endpointOf(mqttUrlOf(target), clientId(), from) }),
      }
    case 'token': {
      const { authorizer, tokenKey, tokenVariable, signatureVariable } = authentication
      const url = mqttUrlOf(target)
      const token = variable(env, tokenVariable)
      const signature = signatureVariable === undefined ? undefined : variable(env, signatureVariable)
      addToken(url, { authorizer, tokenKey, token, signature })
      return {
        reusable: true,
        admit: async (from) => ({ endpoint: endpointOf(url, clientId(), from) }),
      }
    }
    case 'sigv4': {
      const url = mqttUrlOf(target)
      const keys = keysFrom(env, target.kind === 'local')
      return {
        reusable: false,
        admit: async (from) => ({
          endpoint: {
            ...endpointOf(url, clientId(), from),
            path: await presignedPath(url, target.region, keys),
          },
        }),
      }
    }
  }
}

/** No part of a session is longer; a longer one fits in no request line. */
const part = v.pipe(v.string(), v.minLength(1), v.maxLength(8192))

/** What of a session is used; topics/contract/session.ts has all of it. */
const sessionSchema = v.object({
  endpoint: v.optional(part, ''),
  authorizer: part,
  tokenKey: part,
  token: part,
  signature: v.optional(part),
  clientIds: v.tuple([v.pipe(part, v.maxLength(128)), v.pipe(part, v.maxLength(128))]),
})

/**
 * Where a session's connections go: the target's MQTT endpoint, or where the session says, if that is a host of the target. A load
 * goes nowhere that nobody named.
 */
export function sessionMqttUrl(
  { mqttUrl, httpUrl, authentication }: LoadTarget,
  named: string,
): { readonly url: URL } | { readonly refused: string } {
  if (mqttUrl !== undefined) return { url: new URL(mqttUrl) }
  if (!URL.canParse(named) || !/^wss?:$/.test(new URL(named).protocol))
    return { refused: 'session not readable' }
  const { protocol, host, hostname, pathname } = new URL(named)
  const hosts = [httpUrl, ...(authentication.kind === 'session' ? [authentication.url] : [])]
  return hosts.some((url) => new URL(url).hostname === hostname)
    ? { url: new URL(named) }
    : { refused: `${endpointRefused}${protocol}//${host}${pathname}`.slice(0, 200) }
}

/** A session names two client IDs: the second serves the next connection. */
function sessions(target: LoadTarget, url: URL): Admission {
  const spare: Endpoint[] = []
  return {
    reusable: true,
    async admit(from, requests) {
      const left = spare.pop()
      if (left) return { endpoint: { ...left, from } }
      const count = requests.of('session')
      count.sent += 1
      const started = performance.now()
      const { status, said, body } = await sendRequest({ url, method: 'POST', from })
      count.record(said, status === 200, performance.now() - started)
      if (status !== 200) return { refused: `session ${said}` }
      try {
        const { endpoint, clientIds, ...credentials } = v.parse(sessionSchema, JSON.parse(body))
        const led = sessionMqttUrl(target, endpoint)
        if ('refused' in led) return led
        addToken(led.url, credentials)
        spare.push(endpointOf(led.url, clientIds[1], from))
        return { endpoint: endpointOf(led.url, clientIds[0], from) }
      } catch {
        // Whatever it answered, it is no session; the report says so.
        return { refused: 'session not readable' }
      }
    },
  }
}

/** A connection without credentials of its own, to this URL. */
export function endpointOf(url: URL, clientId: string, from: string | undefined): Endpoint {
  const secure = url.protocol === 'wss:'
  return {
    secure,
    host: url.hostname,
    address: hostToDial(url.hostname),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: url.pathname + url.search,
    clientId,
    from: isLoopback(url.hostname) ? from : undefined,
  }
}

/** The query of a custom authorizer. docs/aws-iot-core.md §5a. */
export function addToken(
  url: URL,
  named: { authorizer: string; tokenKey: string; token: string; signature?: string | undefined },
): void {
  url.searchParams.set('x-amz-customauthorizer-name', named.authorizer)
  if (named.signature !== undefined) url.searchParams.set('x-amz-customauthorizer-signature', named.signature)
  url.searchParams.set(named.tokenKey, named.token)
}

function mqttUrlOf({ mqttUrl }: LoadTarget): URL {
  if (mqttUrl === undefined)
    throw new RangeError('the plan names no mqttUrl, and without a session nobody else does: give one')
  return new URL(mqttUrl)
}

function variable(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name]
  if (!value)
    throw new RangeError(`the environment variable ${name} is not set: the target's token belongs there`)
  return value
}
