import { startIotCore } from '../index.ts'
import { anAnswer, statement } from '../testing/an-authorizer.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { openTcpWire, openWire } from '../testing/wire-client.ts'
import type { Target } from './target.ts'

const prefix = 'c'

/** What the suite's clients may do: everything but what the cases of denials want denied. */
const statements = [
  statement('Allow', 'iot:*', '*'),
  statement('Deny', 'iot:Connect', 'client/denied-*'),
  statement('Deny', ['iot:Publish'], `topic/${prefix}/denied/*`),
  statement('Deny', ['iot:Subscribe'], `topicfilter/${prefix}/denied/*`, 'topicfilter/$share/denied/*'),
  statement('Deny', 'iot:Receive', `topic/${prefix}/muted/*`),
  statement('Deny', 'iot:RetainPublish', `topic/${prefix}/unkept/*`),
]

/**
 * This broker, with its quotas enforced and its time stood still. Clients are let in by a custom authorizer that their
 * CONNECT's username names, as on AWS's MQTT port (docs/aws-iot-core.md §5a).
 */
export async function localTarget(transport: 'WebSocket' | 'TCP', strict = false): Promise<Target> {
  const clock = manualClock()
  const iot = await startIotCore({
    tcpPort: 0,
    authorizers: [
      {
        name: 'conformance',
        signingDisabled: true,
        publicKeys: {},
        invoke: async () =>
          anAnswer({ disconnectAfterInSeconds: 86_400, refreshAfterInSeconds: 86_400 }, statements),
      },
    ],
    strict,
    clock,
  })
  const { tcpPort = 0 } = iot
  return {
    name: `this broker, ${transport}`,
    abilities: new Set(['time', 'policy', transport]),
    prefix,
    connectEveryMs: 1000,
    // Long for the answers of this process, but tests run beside each other.
    answerMs: 10_000,
    now: () => clock.now(),
    credentials: { username: '?x-amz-customauthorizer-name=conformance' },
    open: (version) =>
      transport === 'TCP'
        ? openTcpWire(tcpPort, version)
        : openWire(iot.url, version, version === 4 ? 'mqttv3.1' : 'mqtt'),
    advance: (ms) => {
      clock.advance(ms)
    },
    pass: async (ms) => {
      clock.advance(ms)
    },
    close: () => iot.close(),
  }
}
