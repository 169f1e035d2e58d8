/**
 * A real endpoint of AWS IoT Core as a target, where one is configured. It costs some thousand messages a run: less than a cent.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { openWire } from '../testing/wire-client.ts'
import type { Target } from './target.ts'

/**
 * The target at a URL such as `wss://….iot.eu-west-1.amazonaws.com/mqtt?x-amz-customauthorizer-name=…`, or a presigned one. What its
 * credentials may do is not known, so the cases of the policy do not run.
 */
export function awsTarget(url: string): Target {
  return {
    name: 'AWS IoT Core',
    abilities: new Set(['WebSocket']),
    // Retained messages of a run stay behind under its own prefix.
    prefix: `conformance${randomBytes(4).toString('hex')}`,
    connectEveryMs: 1100,
    answerMs: 10_000,
    now: () => Date.now(),
    credentials: {},
    open: (version) => openWire(url, version, version === 4 ? 'mqttv3.1' : 'mqtt'),
    advance: () => {
      throw new Error("AWS's time cannot be moved")
    },
    pass: (ms) => sleep(ms),
    close: async () => {},
  }
}
