/** What keeping quotas costs more than counting them: the same load on both, in turn. */
import { median } from '../support/machine.ts'
import { fanfare } from './contenders.ts'
import { costOf } from './fan-out.ts'
import { startGenerator, startServer } from './processes.ts'

/** Under the quotas: 100 publishes a second and connection, 20,000 outbound and 500 CONNECTs a second and account. */
const perSecond = 60
const subscribers = 300

export async function benchQuotas(say: (line: string) => void, short: boolean): Promise<void> {
  const ratios: number[] = []
  for (let pair = 0; pair < (short ? 1 : 3); pair += 1) {
    const counted = await cost('count', short)
    const enforced = await cost('enforce', short)
    ratios.push(enforced / counted)
  }
  say(
    `\nquotas enforced instead of counted: CPU × ${median(ratios).toFixed(2)} at ${(perSecond * subscribers).toLocaleString('en')} deliveries a second (${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
  )
}

async function cost(mode: 'count' | 'enforce', short: boolean): Promise<number> {
  await using server = await startServer([...fanfare.command, mode], fanfare.port)
  await using generator = startGenerator(fanfare)
  await generator.connect(subscribers)
  await generator.load({ perSecond, seconds: 1 })
  const { report, cpuPerMillion } = await costOf(server, generator, perSecond, short ? 2 : 3)
  if (report.missing > 0) throw new Error(`${report.missing} deliveries are missing under the quotas`)
  return cpuPerMillion
}
