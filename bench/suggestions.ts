/** From a webhook to the suggestion on the agent's client, at fifty conversations a second. */
import { developmentIntercomSecret, developmentStaffToken } from '../local/options.ts'
import { connect } from '../client/index.ts'
import { agentSuggestions } from '../topics/agent-suggestions.ts'
import { helpDesk } from '../scripts/conversations/help-desk.ts'
import { notify } from '../scripts/conversations/notify.ts'
import { questions } from '../scripts/conversations/questions.ts'
import { deskAgents, seedDesk } from '../scripts/conversations/seed.ts'
import { httpClient } from '../scripts/replay/post.ts'
import { signInAs } from '../test/support/sign-in.ts'
import { percentileOf } from './support/machine.ts'
import { startStackProcess } from './support/stack-process.ts'

/** Conversations a second, and how many are measured. */
const perSecond = 50
const measured = 2000

/** Those before them, slower: fifteen functions start, and are compiled as they run. */
const warmUpsPerSecond = 20
const warmUps = 400

/** Sends conversations at a steady rate, and prints how long each took to reach its agent. */
export async function benchSuggestions(say: (line: string) => void): Promise<void> {
  await using stack = await startStackProcess({ LOG_LEVEL: 'WARN' })
  const client = httpClient(stack.site, 32)
  await seedDesk(client, developmentStaffToken)
  const arrived = new Map<string, number>()
  let twice = 0
  const agents = await Promise.all(
    deskAgents.map(async ({ agentId }) => {
      const { session } = await signInAs(stack.site, agentId)
      const page = connect({ api: stack.site, session: async () => session })
      const inbox = page.inbox(agentSuggestions, { agentId })
      const reading = (async () => {
        for await (const { value } of inbox) {
          if (arrived.has(value.conversationId)) twice++
          else arrived.set(value.conversationId, performance.now())
        }
      })()
      return { page, reading }
    }),
  )
  const run = String(Date.now() % 1_000_000)
  const desk = helpDesk({ now: Date.now, run })
  const sent = new Map<string, number>()
  const answeredMs: number[] = []
  const retrying = { onRetry: () => undefined, giveUpAfterMs: 10_000 }
  const posts: Promise<void>[] = []
  const post = async (body: string, isMeasured: boolean, at: number): Promise<void> => {
    const { status } = await notify(client, body, developmentIntercomSecret, retrying)
    if (status !== 200) throw new Error(`a notification was answered ${status}`)
    if (isMeasured) answeredMs.push(performance.now() - at)
  }
  const total = warmUps + measured
  let dueAt = performance.now()
  let cpuBefore = 0
  for (let index = 0; index < total; index++) {
    if (index === warmUps) {
      await waitFor(() => arrived.size >= warmUps)
      cpuBefore = stack.cpuSeconds()
      dueAt = performance.now()
    }
    dueAt += 1000 / (index < warmUps ? warmUpsPerSecond : perSecond)
    const waitMs = dueAt - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    const { body, conversationId } = desk.open({
      customer: `Customer ${index}`,
      text: questions[index % questions.length] ?? '',
      adminId: deskAgents[index % deskAgents.length]?.intercomAdminId ?? '',
    })
    const at = performance.now()
    if (index >= warmUps) sent.set(conversationId, at)
    posts.push(post(body, index >= warmUps, at))
  }
  await Promise.all(posts)
  await waitFor(() => arrived.size >= total)
  const cpu = stack.cpuSeconds() - cpuBefore
  const took = [...sent].flatMap(([id, at]) => (arrived.has(id) ? [(arrived.get(id) ?? 0) - at] : []))
  const ms = (values: readonly number[], share: number): string => percentileOf(values, share).toFixed(0)
  say(
    `${measured} conversations, ${perSecond} a second, 3 agents with the client, ${stack.residentMb().toFixed(0)} MB:`,
  )
  say(
    `  webhook to the agent's client   p50 ${ms(took, 0.5)} ms   p99 ${ms(took, 0.99)} ms   most ${ms(took, 1)} ms   (goal: 150, 500; no AWS polling delay)`,
  )
  say(`  webhook answered                p50 ${ms(answeredMs, 0.5)} ms   p99 ${ms(answeredMs, 0.99)} ms`)
  say(
    `  suggestions                     ${arrived.size} of ${total}, ${twice} shown twice, ${((cpu / measured) * 1000).toFixed(1)} CPU ms each`,
  )
  for (const { page, reading } of agents) {
    page.close()
    await reading
  }
  client.close()
}

/** Waits for it for twenty seconds at most. */
async function waitFor(isSo: () => boolean): Promise<void> {
  const until = Date.now() + 20_000
  while (!isSo() && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20))
}
