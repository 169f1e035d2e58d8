/** `npm run replay`: drives a campaign with a telethon file, and checks that nothing was lost or counted twice. */
import { randomBytes } from 'node:crypto'
import { onInterrupt } from '../local/interrupt.ts'
import { openCampaign, ReplayError, waitForRecorded } from './replay/campaign.ts'
import { readReplayOptions, replayHelp, type ReplayOptions, ReplayUsageError } from './replay/options.ts'
import { httpClient } from './replay/post.ts'
import { startProgress } from './replay/progress.ts'
import { percentile, postRows } from './replay/run.ts'
import { readTelethonFile, TelethonFileError } from './replay/telethon-file.ts'
import { startViewer } from './replay/viewer.ts'

async function replay(options: ReplayOptions): Promise<number> {
  const rows = readTelethonFile(options.file).slice(0, options.limit)
  const client = httpClient(options.url, options.inFlight)
  const before = await openCampaign(client, options).catch((error: unknown) => {
    if (!isRefused(error)) throw error
    throw new ReplayError(
      `nobody answers at ${options.url}. Start the stack with npm start, or give --url.`,
      { cause: error },
    )
  })
  const viewer = startViewer(options.url, options.campaign)
  // From the first donation on: the viewer has joined before it is sent.
  await waitForShown(viewer, before.donations, 5000)
  const stop = new AbortController()
  const forgetInterrupt = onInterrupt(() => stop.abort())

  const progress = startProgress(rows.length, process.stderr)
  const started = performance.now()
  let note = ''
  const result = await postRows(client, {
    ...options,
    rows,
    signal: stop.signal,
    onRetry: (problem) => (note = `${problem}, trying again`),
    onProgress(done) {
      const perSecond = Math.round((done / (performance.now() - started)) * 1000)
      progress.update(done, `${perSecond}/s ${note}`)
      note = ''
    },
  })
  progress.end()
  forgetInterrupt()

  const recorded = await waitForRecorded(client, options.campaign, before.donations + result.accepted, 15_000)
  const recordedAt = performance.now()
  const shown = await waitForShown(viewer, recorded.donations, 15_000)
  const elapsedMs = Math.max(recordedAt, shown.at) - started
  const metered = await viewer.metered()
  const feed = viewer.feed()
  await viewer.close()
  client.close()

  const added = recorded.donations - before.donations
  const figures = {
    file: options.file,
    sent: result.accepted,
    sentAmount: result.acceptedAmount,
    refused: result.refused.length,
    retries: result.retries,
    recorded: added,
    recordedAmount: recorded.total.value - before.total.value,
    shown: shown.donations - before.donations,
    shownAmount: shown.value - before.total.value,
    totalAmount: recorded.total.value,
    seconds: elapsedMs / 1000,
    perSecond: added / (elapsedMs / 1000),
    acceptedPerSecond: result.accepted / (result.elapsedMs / 1000),
    p50Ms: percentile(result.latenciesMs, 0.5),
    p99Ms: percentile(result.latenciesMs, 0.99),
    feedEntries: feed.entries,
    feedLeftOut: feed.leftOut,
    viewerMessages: metered?.messages,
    viewerUnits: metered?.units,
    viewerMessagesPerSecond: metered && metered.messages / (elapsedMs / 1000),
  }
  const exact =
    figures.sent === figures.recorded &&
    figures.sentAmount === figures.recordedAmount &&
    figures.recorded === figures.shown &&
    figures.recordedAmount === figures.shownAmount
  if (options.json) process.stdout.write(`${JSON.stringify({ ...figures, exact })}\n`)
  else report(options, figures, exact, result.interrupted)
  for (const { row, status, body } of result.refused.slice(0, 5)) {
    process.stderr.write(`row ${row} was refused with ${status}: ${body}\n`)
  }
  if (result.interrupted) return 130
  return exact && figures.refused === 0 ? 0 : 1
}

/** Whether nobody listens: at one address, or (AggregateError) at each that the name has. */
function isRefused(error: unknown): boolean {
  return error instanceof AggregateError || (error as NodeJS.ErrnoException)?.code === 'ECONNREFUSED'
}

async function waitForShown(
  viewer: ReturnType<typeof startViewer>,
  donations: number,
  patienceMs: number,
): Promise<{ value: number; donations: number; at: number }> {
  const until = Date.now() + patienceMs
  for (;;) {
    const shown = viewer.shown()
    if ((shown && shown.donations >= donations) || Date.now() > until) {
      return { value: shown?.value ?? 0, donations: shown?.donations ?? 0, at: performance.now() }
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

type Figures = Record<
  | 'sent'
  | 'sentAmount'
  | 'recorded'
  | 'recordedAmount'
  | 'shown'
  | 'shownAmount'
  | 'refused'
  | 'retries'
  | 'totalAmount'
  | 'seconds'
  | 'perSecond'
  | 'acceptedPerSecond'
  | 'p50Ms'
  | 'p99Ms'
  | 'feedEntries'
  | 'feedLeftOut',
  number
> & {
  viewerMessages: number | undefined
  viewerUnits: number | undefined
  viewerMessagesPerSecond: number | undefined
}

function report(options: ReplayOptions, figures: Figures, exact: boolean, interrupted: boolean): void {
  const whole = (value: number): string => value.toLocaleString('en')
  const minor = new Intl.NumberFormat('en', { style: 'currency', currency: options.currency })
  const digits = minor.resolvedOptions().maximumFractionDigits ?? 2
  const money = (value: number): string => minor.format(value / 10 ** digits).padStart(18)
  const line = (name: string, count: number, amount: number): string =>
    `  ${name.padEnd(10)}${whole(count).padStart(9)} donations ${money(amount)}\n`
  const out = process.stdout
  out.write(`\n${line('sent', figures.sent, figures.sentAmount)}`)
  out.write(line('recorded', figures.recorded, figures.recordedAmount))
  out.write(line('shown', figures.shown, figures.shownAmount))
  out.write(
    `\n  ${whole(Math.round(figures.perSecond))} a second from the first request to the last one shown, ${figures.seconds.toFixed(1)} s in all\n`,
  )
  out.write(
    `  accept: p50 ${figures.p50Ms.toFixed(1)} ms, p99 ${figures.p99Ms.toFixed(1)} ms (${options.inFlight} in flight), ${whole(figures.retries)} tried again, ${whole(figures.refused)} refused\n`,
  )
  out.write(
    `  feed: ${whole(figures.feedEntries)} gifts shown, ${whole(figures.feedLeftOut)} left out and said so (they came faster than one message a second holds)\n`,
  )
  if (figures.viewerMessages !== undefined && figures.viewerUnits !== undefined) {
    out.write(
      `  a viewer was sent ${whole(figures.viewerMessages)} messages, ${whole(figures.viewerUnits)} metered units of 5 KB, ${figures.viewerMessagesPerSecond?.toFixed(2)} a second\n`,
    )
  }
  if (interrupted) out.write(`\n  Stopped. To go on with the rest: add --run ${options.run}\n`)
  else if (exact) out.write('\n  Sent, recorded and shown agree to the cent.\n')
  else
    out.write(
      '\n  They differ. If this run repeats an earlier --run, what was recorded then is not counted again; otherwise look at the log of npm start.\n',
    )
}

async function main(): Promise<number> {
  const options = readReplayOptions(process.argv.slice(2), process.env, () => randomBytes(6).toString('hex'))
  if (options === 'help') {
    process.stdout.write(replayHelp)
    return 0
  }
  return replay(options)
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const expected =
      error instanceof ReplayError || error instanceof ReplayUsageError || error instanceof TelethonFileError
    process.stderr.write(
      `replay: ${expected ? (error as Error).message : error instanceof Error ? error.message : String(error)}\n`,
    )
    process.exit(1)
  },
)
