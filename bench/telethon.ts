/** Throughput, accept's latency, memory and CPU: three replays of the whole telethon on one stack. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { httpClient } from '../scripts/replay/post.ts'
import { postRows } from '../scripts/replay/run.ts'
import { readTelethonFile } from '../scripts/replay/telethon-file.ts'
import { fileURLToPath } from 'node:url'
import { median } from './support/machine.ts'
import { type ReplayFigures, runReplay } from './support/replay-process.ts'
import { startStackProcess } from './support/stack-process.ts'

const replays = 3

export async function benchTelethon(say: (line: string) => void): Promise<void> {
  const runs: (ReplayFigures & { residentMb: number; cpuSeconds: number })[] = []
  {
    await using stack = await startStackProcess()
    for (let run = 0; run < replays; run++) {
      const before = stack.cpuSeconds()
      const figures = await runReplay(stack.site)
      runs.push({ ...figures, residentMb: stack.residentMb(), cpuSeconds: stack.cpuSeconds() - before })
      say(
        `replay ${run + 1}: ${Math.round(figures.perSecond)} donations/s, accept p50 ${figures.p50Ms.toFixed(1)} p99 ${figures.p99Ms.toFixed(1)} ms, ` +
          `${runs[run]?.residentMb.toFixed(0)} MB resident, ${((runs[run]?.cpuSeconds ?? 0) / (figures.recorded / 1000)).toFixed(2)} CPU s per 1,000, ` +
          `viewer ${figures.viewerMessagesPerSecond?.toFixed(2)} messages/s, ${figures.exact ? 'exact to the cent' : 'NOT EXACT'}`,
      )
    }
  }
  const floor = await floorPerSecond()
  const perSecond = median(runs.map((run) => run.perSecond))
  const first = runs[0]
  const last = runs.at(-1)
  if (!first || !last) return
  say('')
  say(`median of ${replays} replays of 28,529 donations, 16 in flight, load and stack on the same machine:`)
  say(
    `  accepted, recorded and shown   ${Math.round(perSecond)}/s   (the replaced stack on such a machine: 2,140)`,
  )
  say(`  accept p50                     ${median(runs.map((run) => run.p50Ms)).toFixed(1)} ms   (6)`)
  say(`  accept p99                     ${median(runs.map((run) => run.p99Ms)).toFixed(1)} ms   (26)`)
  say(
    `  CPU per 1,000 donations        ${median(runs.map((run) => run.cpuSeconds / (run.recorded / 1000))).toFixed(2)} s   (0.80)`,
  )
  say(
    `  resident after first / third   ${first.residentMb.toFixed(0)} / ${last.residentMb.toFixed(0)} MB, ${(((last.residentMb - first.residentMb) / first.residentMb) * 100).toFixed(1)} %   (540)`,
  )
  say(
    `  floor: node:http answering 202 and doing nothing   ${Math.round(floor)}/s, ${(floor / perSecond).toFixed(1)} times ours`,
  )
}

/** What the same load gets from a server that records nothing, in this process. */
async function floorPerSecond(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () =>
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"donationId":"x"}'),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = httpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 16)
  const rows = readTelethonFile(fileURLToPath(new URL('../data/telethon-sgdq2015.csv', import.meta.url)))
  const result = await postRows(client, {
    rows,
    campaign: 'floor',
    currency: 'USD',
    run: 'floor',
    speed: Number.POSITIVE_INFINITY,
    inFlight: 16,
    signal: new AbortController().signal,
    onProgress() {},
    onRetry() {},
  })
  client.close()
  server.close()
  return result.accepted / (result.elapsedMs / 1000)
}
