/** `npm run conversations`: plays a help desk against the local stack, and says where its conversations are. */
import { onInterrupt } from '../local/interrupt.ts'
import { helpDesk } from './conversations/help-desk.ts'
import { notify } from './conversations/notify.ts'
import {
  conversationsHelp,
  type ConversationsOptions,
  readConversationsOptions,
} from './conversations/options.ts'
import { type Played, playConversation } from './conversations/play.ts'
import { deskAgents, seedDesk, SeedError } from './conversations/seed.ts'
import { httpClient } from './replay/post.ts'
import { startProgress } from './replay/progress.ts'
import { percentile } from './replay/run.ts'

async function play({ rate, count, url, secret, staffToken }: ConversationsOptions): Promise<number> {
  const client = httpClient(url, 32)
  const replies = await seedDesk(client, staffToken).catch((error: unknown) => {
    if (error instanceof SeedError) throw error
    throw new SeedError(`nobody answers at ${url}. Start the stack with npm start, or give --url.`, {
      cause: error,
    })
  })
  process.stderr.write(
    `Agents: ada, ben, lee. Saved replies: ${replies === 0 ? 'those there are' : `${replies} made`}.\n`,
  )
  // Seconds since 2025: another run has other conversations.
  const desk = helpDesk({ now: Date.now, run: String(Math.floor(Date.now() / 1000) - 1_735_689_600) })
  const progress = startProgress(count, process.stderr)
  const latenciesMs: number[] = []
  let [taken, refused, retries, done, note] = [0, 0, 0, 0, '']
  const send = async (body: string): Promise<void> => {
    const at = performance.now()
    const { status, body: answer } = await notify(client, body, secret, {
      giveUpAfterMs: 30_000,
      onRetry(problem) {
        retries++
        note = `${problem}, trying again`
      },
    })
    latenciesMs.push(performance.now() - at)
    if (status === 200) taken++
    else if (refused++ === 0) note = `refused with ${status}: ${answer.slice(0, 200)}`
  }
  const stop = new AbortController()
  const forgetInterrupt = onInterrupt(() => stop.abort())
  const played: Played[] = []
  const playOne = async (number: number): Promise<void> => {
    played.push(await playConversation(desk, number, send))
    progress.update(++done, note)
  }
  const started = performance.now()
  const underWay = new Set<Promise<void>>()
  for (let number = 0; number < count && !stop.signal.aborted; number++) {
    const waitMs = started + (number * 1000) / rate - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    while (underWay.size >= 32) await Promise.race(underWay)
    const one: Promise<void> = playOne(number).finally(() => underWay.delete(one))
    underWay.add(one)
  }
  await Promise.all(underWay)
  const seconds = (performance.now() - started) / 1000
  progress.end()
  forgetInterrupt()
  client.close()

  const out = process.stdout
  const line = (name: string, value: number, more = ''): void =>
    void out.write(`  ${name.padEnd(22)}${value.toLocaleString('en').padStart(9)}  ${more}\n`)
  const sorted = Float64Array.from(latenciesMs).sort()
  out.write('\n')
  line('conversations', played.length, `${(played.length / seconds).toFixed(1)} a second`)
  line(
    'notifications taken',
    taken,
    `p50 ${percentile(sorted, 0.5).toFixed(1)} ms, p99 ${percentile(sorted, 0.99).toFixed(1)} ms; ${retries} tried again, ${refused} refused`,
  )
  for (const { agentId, name } of deskAgents)
    line(`  for ${name}`, played.filter((one) => one.agentId === agentId).length)
  line('  closed meanwhile', played.filter((one) => one.agentId === undefined).length)
  out.write(
    `\n  Look at ${url}/console.html: sign in as Ada, Ben or Lee. What nobody handles is escalated to Sam.\n`,
  )
  if (refused > 0) out.write(`\n  ${note}\n`)
  return stop.signal.aborted ? 130 : refused > 0 ? 1 : 0
}

async function main(): Promise<number> {
  const options = readConversationsOptions(process.argv.slice(2), process.env)
  if (options === 'help') {
    process.stdout.write(conversationsHelp)
    return 0
  }
  return play(options)
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`conversations: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
