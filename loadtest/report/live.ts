/**
 * The run while it goes on: a few lines that are drawn over on a terminal, a line every ten seconds elsewhere.
 *
 * @module
 */
import { numberText } from '../../topics/cost/words.ts'
import { percentileMs } from '../histogram.ts'
import type { LoadProgress } from '../outcome.ts'
import { painter } from './style.ts'
import { msText, spanText } from './words.ts'

export interface LiveView {
  show(progress: LoadProgress): void
  /** Leaves the last state standing. */
  end(): void
}

export interface LiveStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** How often a line is written where nothing can be drawn over, ms. */
const plainEveryMs = 10_000

/** Seconds that the small chart of latencies reaches back. */
const sparkSeconds = 40

export function liveView(stream: LiveStream, colour: boolean): LiveView {
  return stream.isTTY === true ? drawn(stream, colour) : plain(stream)
}

function plain(stream: LiveStream): LiveView {
  let shownAt = Number.NEGATIVE_INFINITY
  let phase = ''
  return {
    show(progress) {
      if (progress.atMs - shownAt < plainEveryMs && progress.phase === phase) return
      shownAt = progress.atMs
      phase = progress.phase
      stream.write(`${plainLine(progress)}\n`)
    },
    end() {},
  }
}

/** One line that says it all, without colours. */
export function plainLine(progress: LoadProgress): string {
  const { sample, atMs, phase, done } = progress
  return [
    `${spanText(atMs)} (${Math.round(done * 100)} %) ${phase}`,
    `${numberText(sample.connections)} connections`,
    `${numberText(sample.published + sample.requests)}/s sent`,
    `${numberText(sample.delivered)}/s delivered`,
    `p99 ${msText(sample.p99Ms)}`,
    ...troubles(progress),
  ].join(', ')
}

function troubles({
  sample,
  refused,
  disconnects,
  requestErrors,
  duplicated,
  reordered,
  unfit,
  bottleneck,
}: LoadProgress): string[] {
  const counts = {
    missing: sample.missing,
    duplicated,
    reordered,
    unfit,
    refused,
    ended: disconnects,
    'request errors': requestErrors,
  }
  return [
    ...Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${numberText(count)} ${name}`] : [])),
    ...(bottleneck === undefined ? [] : [`THE TESTER IS THE BOTTLENECK (${bottleneck})`]),
  ]
}

function drawn(stream: LiveStream, colour: boolean): LiveView {
  const paint = painter(colour)
  const latencies: (number | null)[] = []
  let height = 0
  const draw = (lines: readonly string[]): void => {
    const width = Math.max(20, (stream.columns ?? 80) - 1)
    // Cut before it is painted, so that no line wraps and the next drawing begins at the right place.
    const up = height > 0 ? `\u001B[${height}A` : ''
    stream.write(`${up}\u001B[J${lines.map((line) => cutTo(line, width)).join('\n')}\n`)
    height = lines.length
  }
  return {
    show(progress) {
      const { sample, done, atMs, phase, delivery, quotas, delivered } = progress
      latencies.push(sample.p99Ms)
      if (latencies.length > sparkSeconds) latencies.shift()
      const filled = Math.round(done * 24)
      const trouble = troubles(progress)
      draw([
        `${'█'.repeat(filled)}${'░'.repeat(24 - filled)} ${Math.round(done * 100)} %  ${spanText(atMs)}  ${paint.bold(phase)}`,
        `${numberText(sample.connections)} connections  ${numberText(sample.published + sample.requests)}/s sent  ${numberText(sample.delivered)}/s delivered  ${numberText(delivered)} in all`,
        `delivery p50 ${msText(percentileMs(delivery, 0.5))}  p99 ${msText(percentileMs(delivery, 0.99))}  now p99 ${msText(sample.p99Ms)} ${spark(latencies)}`,
        `quotas ${quotas.length === 0 ? '–' : quotas.map(({ id, share }) => `${id} ${(share * 100).toFixed(0)} %`).join('  ')}  tester ${(sample.testerCpu * 100).toFixed(0)} % of a core, ${msText(sample.testerDelayMs)} late`,
        trouble.length === 0 ? paint.good('nothing amiss') : paint.warn(trouble.join(', ')),
      ])
    },
    end() {
      height = 0
    },
  }
}

const sparks = '▁▂▃▄▅▆▇█'

/** The values as a row of bars, each a second; a blank where there is none. */
export function spark(values: readonly (number | null)[]): string {
  const most = Math.max(...values.map((value) => value ?? 0))
  if (!(most > 0)) return ''
  return values
    .map((value) => (value === null ? ' ' : (sparks[Math.min(7, Math.floor((value / most) * 7.999))] ?? ' ')))
    .join('')
}

// eslint-disable-next-line no-control-regex -- a terminal's styles begin with one
const stylesAndCharacters = /\u001B\[\d+m|[\s\S]/gu

/** At most `width` characters that show; styles are kept, and ended. */
function cutTo(line: string, width: number): string {
  let shown = 0
  let text = ''
  for (const [part = ''] of line.matchAll(stylesAndCharacters)) {
    if (!part.startsWith('\u001B')) {
      if (shown === width) continue
      shown++
    }
    text += part
  }
  return text
}
