/** The local broker, as a process of its own for `bench/stampede.ts`. */
import { anAnswer, anAuthorizer, signature, statement } from '../../local/iot/testing/an-authorizer.ts'
import { type IotCore, startIotCore } from '../../local/iot/index.ts'
import { stampedeMessages } from './stampede-topics.ts'

let iot: IotCore
let cpuAtCut: NodeJS.CpuUsage
const authorizer: Record<string, number> = {}

process.on('message', (question: { do: 'start' | 'cut' | 'figures' }) => {
  void answer(question.do).then((told) => process.send?.(told))
})

async function answer(what: 'start' | 'cut' | 'figures'): Promise<object> {
  if (what === 'start') {
    iot = await startIotCore({
      quotas: 'off',
      authorizers: [
        anAuthorizer(() => {
          const second = String(Math.floor(Date.now() / 1000))
          authorizer[second] = (authorizer[second] ?? 0) + 1
          return anAnswer({}, [
            statement('Allow', 'iot:Connect', 'client/*'),
            statement('Allow', 'iot:Subscribe', 'topicfilter/public/*'),
            statement('Allow', 'iot:Receive', 'topic/public/*'),
          ])
        }),
      ],
    })
    publish(10)
    return { url: iot.url, signature: signature('crowd') }
  }
  if (what === 'cut') {
    for (const second of Object.keys(authorizer)) delete authorizer[second]
    cpuAtCut = process.cpuUsage()
    for (const { clientId } of iot.connections()) iot.kick(clientId)
    // What everybody missed: more than the head holds.
    publish(40)
    return {}
  }
  const { user, system } = process.cpuUsage(cpuAtCut)
  return { authorizer, cpuSeconds: (user + system) / 1e6 }
}

function publish(sequence: number): void {
  for (const [topic, message] of stampedeMessages(sequence)) {
    iot.publish(topic, Buffer.from(JSON.stringify(message)), { retain: true })
  }
}

// Whoever started it is gone.
process.on('disconnect', () => process.exit())
