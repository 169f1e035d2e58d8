/**
 * The figures that thresholds, comparisons and tables speak of, from a phase's or the run's.
 *
 * @module
 */
import { type EncodedHistogram, mergeHistograms, percentileMs } from '../histogram.ts'
import type { LoadFigures, Reason, TopicFigures } from '../outcome.ts'
import type { ThresholdMetric } from '../plan.ts'

/** Requests that the tester makes for itself; the others are publishers'. */
const ownRequests: ReadonlySet<string> = new Set(['session', 'events', 'data-plane'])

export interface Measured {
  readonly figures: LoadFigures
  readonly durationMs: number
  /** Of the whole run; undefined for a phase. */
  readonly dollars?: number
}

/** The figure, in its metric's unit; undefined where nothing was measured. */
export function metricValue(
  metric: ThresholdMetric,
  { figures, durationMs, dollars }: Measured,
  topic?: string,
): number | undefined {
  const histogram = histogramOf(metric, figures, topic)
  if (histogram) return statistic(metric, histogram)
  if (metric === 'dollars') return dollars
  const topics = topicsOf(figures, topic)
  const count = topicCounts[metric]
  if (count) return sum(topics, count)
  if (metric === 'delivered per second')
    return durationMs === 0 ? undefined : (sum(topics, ({ delivered }) => delivered) * 1000) / durationMs
  return runCounts[metric]?.(figures)
}

const sum = (topics: readonly TopicFigures[], of: (one: TopicFigures) => number): number =>
  topics.reduce((all, one) => all + of(one), 0)

const topicCounts: Readonly<Partial<Record<ThresholdMetric, (one: TopicFigures) => number>>> = {
  lost: ({ lost }) => lost,
  duplicated: ({ duplicated }) => duplicated,
  reordered: ({ reordered }) => reordered,
  unfit: ({ unfit }) => unfit,
  'gaps unrecovered': ({ gaps, gapsRecovered }) => gaps - gapsRecovered,
  delivered: ({ delivered }) => delivered,
}

const runCounts: Readonly<Partial<Record<ThresholdMetric, (figures: LoadFigures) => number>>> = {
  'request errors': ({ requests }) =>
    requests.kinds
      .filter(({ name }) => name === 'data-plane' || !ownRequests.has(name))
      .reduce((all, { errors }) => all + errors, 0),
  'refused connections': ({ connections }) => countOf(connections.refused),
  connected: ({ connections }) => connections.connected,
  denied: ({ connections }) => countOf(connections.denied),
  disconnects: ({ connections }) => countOf(connections.disconnects),
}

/** The latencies that a metric is taken of; undefined for a count. */
export function histogramOf(
  metric: string,
  figures: LoadFigures,
  topic?: string,
): EncodedHistogram | undefined {
  const topics = topicsOf(figures, topic)
  const requests = (own: (name: string) => boolean): EncodedHistogram =>
    mergeHistograms(figures.requests.kinds.filter(({ name }) => own(name)).map(({ latency }) => latency))
  const [what = ''] = / (?:p[\d.]+|max)$/.test(metric) ? metric.split(/ (?=p[\d.]+$|max$)/) : []
  switch (what) {
    case 'delivery':
      return mergeHistograms(topics.map(({ delivery }) => delivery))
    case 'shown':
      return mergeHistograms(topics.map(({ request }) => request))
    case 'current value':
      return mergeHistograms(topics.map(({ currentValue }) => currentValue))
    case 'back':
      return mergeHistograms(topics.map(({ back }) => back))
    case 'connect':
      return figures.connections.connect
    case 'subscribe':
      return figures.connections.subscribe
    case 'session':
      return requests((name) => name === 'session')
    case 'request':
      return requests((name) => !ownRequests.has(name))
    default:
      return undefined
  }
}

export function countOf(reasons: readonly Reason[]): number {
  return reasons.reduce((sum, { count }) => sum + count, 0)
}

function topicsOf({ topics }: LoadFigures, topic: string | undefined): readonly TopicFigures[] {
  return topic === undefined ? topics : topics.filter((one) => one.topic.topic === topic)
}

function statistic(metric: string, histogram: EncodedHistogram): number | undefined {
  if (histogram.count === 0) return undefined
  if (metric.endsWith(' max')) return histogram.maxMs
  const percent = Number(/ p([\d.]+)$/.exec(metric)?.[1])
  return percentileMs(histogram, percent / 100)
}
