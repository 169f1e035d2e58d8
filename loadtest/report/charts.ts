import { numberText } from '../../topics/cost/words.ts'
import { type EncodedHistogram, percentileMs } from '../histogram.ts'
import type { LoadSample } from '../outcome.ts'
import type { Chart, Line } from './chart.ts'
import type { LoadReport } from './report.ts'
import { msText } from './words.ts'

/** The charts of a report: the run by the second, and latencies by percentile. */
export function charts(report: LoadReport): readonly Chart[] {
  const line = (name: string, of: (sample: LoadSample) => number | null): Line => ({
    name,
    ys: report.series.map(of),
  })
  const time = timeAxis(report)
  const share = (value: number): string => `${Math.round(value * 100)} %`
  const all: Chart[] =
    report.series.length < 2
      ? []
      : [
          {
            ...time,
            title: 'Delivered a second',
            lines: [line('delivered', ({ delivered }) => delivered)],
            yText: shortNumber,
          },
          {
            ...time,
            title: 'Latency of deliveries, by the second',
            lines: [line('p50', ({ p50Ms }) => p50Ms), line('p99', ({ p99Ms }) => p99Ms)],
            yText: shortMs,
            logarithmic: true,
          },
          {
            ...time,
            title: 'Connections',
            lines: [line('connections', ({ connections }) => connections)],
            yText: shortNumber,
          },
          {
            ...time,
            title: 'Sent a second',
            lines: [
              line('published', ({ published }) => published),
              line('requests', ({ requests }) => requests),
            ],
            yText: shortNumber,
          },
          {
            ...time,
            title: 'Missing so far',
            lines: [line('missing', ({ missing }) => missing)],
            yText: shortNumber,
          },
          {
            ...time,
            title: 'The tester: busiest worker',
            lines: [line('share of a core', ({ testerCpu }) => testerCpu)],
            yText: share,
          },
        ]
  const curves = percentileCurves(report)
  // A line that lies on nought all the way says nothing.
  return [...(curves.lines.length > 0 ? [curves] : []), ...all].flatMap((chart) => {
    const lines = chart.lines.filter(({ ys }) => ys.some((value) => value !== null && value !== 0))
    return lines.length > 0 ? [{ ...chart, lines }] : []
  })
}

function timeAxis({ series, phases }: LoadReport) {
  const xs = series.map(({ atMs }) => atMs / 1000)
  const end = xs.at(-1) ?? 0
  const step = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200].find((one) => end / one <= 7) ?? 3600
  return {
    xs,
    xName: 'second',
    xText: (value: number) => `${Math.round(value)}`,
    bands: phases.map(({ name, atMs, durationMs }) => ({
      name,
      from: atMs / 1000,
      to: Math.min((atMs + durationMs) / 1000, end),
    })),
    xTicks: Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => {
      const at = index * step
      return { at, text: step >= 60 ? `${at / 60} min` : `${at} s` }
    }),
  }
}

const percents = [0, 50, 75, 90, 95, 99, 99.5, 99.9, 99.99] as const

/** Each doubling of the share that was in time takes the same width, as HdrHistogram draws it. */
function percentileCurves({ total }: LoadReport): Chart {
  const xs = percents.map((percent) => Math.log10(1 / (1 - percent / 100)))
  const line = (name: string, histogram: EncodedHistogram): Line[] =>
    histogram.count < 2
      ? []
      : [
          {
            name,
            // What so few cannot say is left out: the 99.9th of a hundred is their largest.
            ys: percents.map((percent) =>
              histogram.count * (1 - percent / 100) < 1 && percent > 90
                ? null
                : percentileMs(histogram, percent / 100),
            ),
          },
        ]
  const names = withoutCommonLevels(total.topics.map(({ topic }) => topic.topic))
  return {
    title: 'Latency by percentile',
    xs,
    lines: total.topics.flatMap(({ topic, delivery, request, currentValue }, index) => {
      const name = names[index] ?? topic.topic
      return [
        ...line(`${name}: delivery`, delivery),
        ...line(`${name}: from request`, request),
        ...line(`${name}: joiner`, currentValue),
      ]
    }),
    xTicks: percents.flatMap((percent, index) =>
      [0, 50, 90, 99, 99.9, 99.99].includes(percent) ? [{ at: xs[index] ?? 0, text: `p${percent}` }] : [],
    ),
    xName: 'percentile',
    xText: (value) => `p${percents[xs.indexOf(value)] ?? ''}`,
    yText: shortMs,
    logarithmic: true,
  }
}

/** Topics without the levels that all begin with: `donations`, `total`. The last level stays. */
export function withoutCommonLevels(topics: readonly string[]): readonly string[] {
  const all = topics.map((topic) => topic.split('/'))
  const [first = []] = all
  let common = 0
  while (all.every((levels) => common < levels.length - 1 && levels[common] === first[common])) {
    if (all.length === 0) break
    common += 1
  }
  return all.map((levels) => levels.slice(common).join('/'))
}

function shortNumber(value: number): string {
  if (value >= 1e6) return `${numberText(value / 1e6)} M`
  return value >= 10_000 ? `${numberText(Math.round(value / 100) / 10)} k` : numberText(value)
}

const shortMs = (value: number): string =>
  value < 1
    ? `${Number(value.toPrecision(2))} ms`
    : value < 1000
      ? `${Number(value.toPrecision(3))} ms`
      : msText(value)
