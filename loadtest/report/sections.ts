/**
 * The tables of a report, as cells: the text and the page show the same ones.
 *
 * @module
 */
import { totalUnits } from '../../topics/cost/units.ts'
import { dollarsText, numberText } from '../../topics/cost/words.ts'
import type { Bill } from '../cost/bill.ts'
import { reasonText } from '../reason-text.ts'
import { type EncodedHistogram, percentileMs } from '../histogram.ts'
import type { LoadFigures, Reason } from '../outcome.ts'
import { thresholdMetrics } from '../plan.ts'
import { countOf } from './metrics.ts'
import type { LoadReport } from './report.ts'
import { msText, unitText } from './words.ts'

export interface Section {
  readonly title: string
  /** What the table does not say by itself. */
  readonly note?: string
  /** The first row is the heading. */
  readonly rows: readonly (readonly string[])[]
}

/** Every table of the report that has something in it. */
export function sections(report: LoadReport): readonly Section[] {
  return [
    deliveries(report),
    latencies(report),
    connections(report),
    requests(report),
    reasons(report),
    floods(report),
    losses(report),
    unfit(report),
    quotas(report),
    bill(report),
    tester(report),
    comparison(report),
  ].filter(({ rows }) => rows.length > 1)
}

/** A row of words, then figures. */
const rowOf = (words: readonly string[], figures: readonly number[]): readonly string[] =>
  words.concat(figures.map((figure) => numberText(figure)))

/** The run and its phases, in the order they are shown. */
function parts(report: LoadReport): readonly { readonly name: string; readonly figures: LoadFigures }[] {
  const phases = report.phases.map((figures) => ({ name: figures.name, figures }))
  return [...(phases.length > 1 ? phases : []), { name: 'the run', figures: report.total }]
}

function deliveries(report: LoadReport): Section {
  const heading = [
    'phase',
    'topic',
    'published',
    'delivered',
    'lost',
    'skipped',
    'doubled',
    'reordered',
    'unfit',
    'gaps',
    'recovered',
  ]
  const rows = parts(report).flatMap(({ name, figures }) =>
    figures.topics
      .filter(({ published, delivered, lost }) => published + delivered + lost > 0)
      .map((one) =>
        rowOf(
          [name, one.topic.topic],
          [
            one.published,
            one.delivered,
            one.lost,
            one.superseded,
            one.duplicated,
            one.reordered,
            one.unfit,
            one.gaps,
            one.gapsRecovered,
          ],
        ),
      ),
  )
  return {
    title: 'Deliveries',
    note: 'A delivery is one message to one subscriber. Skipped: a state whose newer value came instead, as it may.',
    rows: [heading, ...rows],
  }
}

const shares = [0.5, 0.9, 0.99, 0.999] as const

function latencies(report: LoadReport): Section {
  const row = (phase: string, what: string, histogram: EncodedHistogram): string[][] =>
    histogram.count === 0
      ? []
      : [
          [
            phase,
            what,
            numberText(histogram.count),
            ...shares.map((share) => msText(percentileMs(histogram, share))),
            msText(histogram.maxMs),
          ],
        ]
  const rows = parts(report).flatMap(({ name, figures }) =>
    [
      figures.topics.flatMap(({ topic, delivery, request, currentValue, back }) =>
        [
          row(name, `${topic.topic}: publish to delivery`, delivery),
          row(name, `${topic.topic}: request to delivery`, request),
          row(name, `${topic.topic}: joiner to current value`, currentValue),
          row(name, `${topic.topic}: lost connection to current value`, back),
        ].flat(),
      ),
      row(name, 'connect', figures.connections.connect),
      row(name, 'subscribe', figures.connections.subscribe),
      figures.requests.kinds.flatMap(({ name: kind, latency }) => row(name, `request: ${kind}`, latency)),
    ].flat(),
  )
  return {
    title: 'Latencies',
    note: 'From the time planned, so that a stall counts for all that waited behind it.',
    rows: [['phase', 'what', 'count', 'p50', 'p90', 'p99', 'p99.9', 'slowest'], ...rows],
  }
}

function connections(report: LoadReport): Section {
  const rows = parts(report)
    .filter(({ figures }) => figures.connections.attempted > 0 || figures.connections.most > 0)
    .map(({ name, figures: { connections } }) =>
      rowOf(
        [name],
        [
          connections.attempted,
          connections.connected,
          countOf(connections.refused),
          connections.subscribed,
          countOf(connections.denied),
          connections.left,
          countOf(connections.disconnects),
          connections.most,
        ],
      ),
    )
  return {
    title: 'Connections',
    note: 'Left: ended by the tester, cuts among them. Ended: by the target.',
    rows: [
      ['phase', 'attempted', 'connected', 'refused', 'subscribed', 'denied', 'left', 'ended', 'most at once'],
      ...rows,
    ],
  }
}

function requests({ total }: LoadReport): Section {
  return {
    title: 'Requests',
    rows: [
      ['what', 'sent', 'unexpected', 'answers'],
      ...total.requests.kinds.map(({ name, sent, errors, answers }) => [
        name,
        numberText(sent),
        numberText(errors),
        reasonsText(answers),
      ]),
    ],
  }
}

function reasons({ total: { connections }, target }: LoadReport): Section {
  const of = (what: string, all: readonly Reason[]): string[][] =>
    grouped(all).map(({ reason, count }) => [what, reasonText(reason), numberText(count)])
  return {
    title: 'Refused and ended, by reason',
    rows: [
      ['what', 'reason', 'times'],
      ...of('connection refused', connections.refused),
      ...of('subscription denied', connections.denied),
      ...of('connection ended', connections.disconnects),
      ...of('the target says: denied', target?.denials ?? []),
      ...of(
        'the target says: dropped',
        Object.entries(target?.drops ?? {}).flatMap(([reason, count]) =>
          count > 0 ? [{ reason, count }] : [],
        ),
      ),
    ],
  }
}

function floods({ total }: LoadReport): Section {
  return {
    title: 'Floods',
    note: 'What an attacker tried; its refusals are no errors of the run.',
    rows: [
      ['flood', 'attempted', 'let in', 'refused', 'why'],
      ...total.floods.map(({ name, attempted, accepted, refused }) => [
        name,
        numberText(attempted),
        numberText(accepted),
        numberText(countOf(refused)),
        reasonsText(refused),
      ]),
    ],
  }
}

function losses({ losses }: LoadReport): Section {
  return {
    title: 'Lost',
    ...(losses.total > losses.first.length
      ? { note: `The first ${losses.first.length} of ${numberText(losses.total)}.` }
      : {}),
    rows: [
      ['topic', 'sequence', 'sent at', 'subscribers it never came to'],
      ...losses.first.map(({ topic, sequence, at, subscribers }) => [
        topic,
        `${sequence}`,
        at,
        numberText(subscribers),
      ]),
    ],
  }
}

function unfit({ unfit }: LoadReport): Section {
  return {
    title: 'Unfit messages',
    ...(unfit.total > unfit.first.length
      ? { note: `The first ${unfit.first.length} of ${numberText(unfit.total)}.` }
      : {}),
    rows: [
      ['topic', 'came at', 'what is wrong'],
      ...unfit.first.map(({ topic, at, problem }) => [topic, at, problem]),
    ],
  }
}

function quotas({ target }: LoadReport): Section {
  return {
    title: 'Quotas of the target',
    ...(target ? { note: `The local broker has IOT_QUOTAS=${target.quotaMode}.` } : {}),
    rows: [
      ['quota', 'limit', 'most in use', 'share', 'times over'],
      ...(target?.quotas ?? [])
        .filter(({ most, hits }) => most > 0 || hits > 0)
        .toSorted((a, b) => b.most / b.limit - a.most / a.limit)
        .map(({ name, limit, most, hits }) => [
          name,
          numberText(limit),
          numberText(most),
          `${((most / limit) * 100).toFixed(most / limit < 0.1 ? 1 : 0)} %`,
          numberText(hits),
        ]),
    ],
  }
}

const sources = {
  planned: 'reckoned',
  metered: "by the local broker's meter",
  counted: 'counted by the tester',
} as const

function bill({ bill, plannedBill, projection }: LoadReport): Section {
  const row = (what: string, { units, connectionMinutes, dollars }: Bill): string[] => [
    what,
    numberText(totalUnits(units)),
    numberText(units.publishOut),
    numberText(connectionMinutes),
    dollarsText(dollars.total),
  ]
  return {
    title: 'What AWS would charge',
    note: [
      `${bill.region}; messages of 5 KB and connection minutes.`,
      projection
        ? `Before ${numberText(projection.audience)} people it is ${numberText(projection.outboundPerSecond)} messages out a second, of ${numberText(projection.outboundQuota)} that an account may${projection.outboundPerSecond > projection.outboundQuota ? ': MORE THAN THE QUOTA; the pace must give way, or the quota be raised' : ''}${projection.quotaReachedAt === undefined ? '' : `; reached at ${numberText(projection.quotaReachedAt)} people`}.`
        : '',
      `Left out: ${bill.leftOut.join('; ')}.`,
    ]
      .filter((line) => line !== '')
      .join(' '),
    rows: [
      ['', 'messages of 5 KB', 'of them out', 'connection minutes', 'US dollars'],
      ...(plannedBill ? [row('before the run, at most', plannedBill)] : []),
      row(`the run, ${sources[bill.from]}`, bill),
      ...(projection
        ? [
            row(
              `${numberText(projection.audience)} people for ${numberText(projection.hours)} h`,
              projection.bill,
            ),
          ]
        : []),
    ],
  }
}

function tester({ tester }: LoadReport): Section {
  const { bottleneck } = tester
  return {
    title: 'The tester itself',
    note: [
      bottleneck
        ? `It was the bottleneck for ${numberText(bottleneck.seconds)} s: ${bottleneck.why}. Its latencies then are its own.`
        : 'It was not the bottleneck.',
    ].join(' '),
    rows: [
      ['figure', 'value'],
      ['workers', numberText(tester.workers)],
      ['CPU seconds', numberText(tester.cpuSeconds)],
      ['busiest worker, of a core', `${(tester.cpuMost * 100).toFixed(0)} %`],
      ['event loop late, p99', msText(percentileMs(tester.eventLoopDelay, 0.99))],
      ['sent after planned, p99', msText(percentileMs(tester.sendDelay, 0.99))],
      ...(tester.residentBytesBefore === undefined
        ? []
        : [['resident memory before anybody connected', megabytes(tester.residentBytesBefore)]]),
      ['resident memory at most', megabytes(tester.residentBytesMost)],
      // Older reports counted all that the run took as the connections'.
      ...(tester.bytesPerConnection === undefined || tester.residentBytesBefore === undefined
        ? []
        : [
            ['grown by, a connection, when all were there', `${numberText(tester.bytesPerConnection)} bytes`],
          ]),
      ...(tester.openFilesLimit === undefined
        ? []
        : [['open files at most', numberText(tester.openFilesLimit)]]),
    ],
  }
}

const megabytes = (bytes: number): string => `${numberText(bytes / 1_048_576)} MB`

function comparison({ comparison }: LoadReport): Section {
  return {
    title: 'Beside the earlier run',
    ...(comparison
      ? { note: `${comparison.name}, ${comparison.startedAt}. Alike: within a tenth, or 1 ms.` }
      : {}),
    rows: [
      ['phase', 'figure', 'was', 'is', 'times', ''],
      ...(comparison?.figures ?? []).map(({ phase, metric, was, is, ratio, verdict }) => {
        const { unit } = thresholdMetrics[metric]
        return [
          phase ?? 'the run',
          metric,
          unitText(was, unit),
          unitText(is, unit),
          ratio === undefined ? '–' : ratio.toFixed(2),
          verdict,
        ]
      }),
    ],
  }
}

function reasonsText(reasons: readonly Reason[]): string {
  return grouped(reasons)
    .map(({ reason, count }) => `${numberText(count)} × ${reasonText(reason)}`)
    .join(', ')
}

/** Each reason once, the most frequent first. */
function grouped(reasons: readonly Reason[]): readonly Reason[] {
  const counts = new Map<string, number>()
  for (const { reason, count } of reasons) counts.set(reason, (counts.get(reason) ?? 0) + count)
  return [...counts].map(([reason, count]) => ({ reason, count })).toSorted((a, b) => b.count - a.count)
}
