/** What an idle connection costs in memory, and how quickly ten thousand connect: ours with a policy each. */
import { signedPath } from './authorizer.ts'
import { benchFile, type Contender, fanfare } from './contenders.ts'
import { startGenerator, startServer } from './processes.ts'

const connections = 10_000

export async function benchIdle(
  say: (line: string) => void,
  others: readonly Contender[],
  short: boolean,
): Promise<void> {
  say(`\n${connections.toLocaleString('en')} idle connections, subscribed`)
  const keyFile = benchFile('key.pem')
  const path = signedPath(keyFile)
  const ours = { ...fanfare, name: 'Fanfare, a policy each', command: [...fanfare.command, 'policies'], path }
  const measured = [ours, ...others.filter(({ qos }) => qos === 0 && !short)]
  for (const contender of measured)
    try {
      await measureIdle(say, contender, { FANFARE_BENCH_KEY: keyFile })
    } catch (error) {
      say(`  ${contender.name}: not measured, ${(error as Error).message}`)
    }
}

async function measureIdle(
  say: (line: string) => void,
  contender: Contender,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await using server = await startServer(contender.command, contender.port, env)
  const base = await server.residentKb()
  await using generator = startGenerator(contender)
  // What is compiled with the first ones is not of the others.
  await generator.connect(connections / 5)
  const before = server.cpuSeconds()
  const { ready, perSecond, why } = await generator.connect(connections)
  if (ready < connections) throw new Error(`${ready} of ${connections} connected: ${why}`)
  const cpuMs = ((server.cpuSeconds() - before) * 1000) / (ready - connections / 5)
  const kb = ((await server.residentKb()) - base) / ready
  say(
    `  ${contender.name.padEnd(40)}${kb.toFixed(1)} KB each, connected at ${Math.round(perSecond)} a second, ${cpuMs.toFixed(2)} ms of CPU each`,
  )
}
