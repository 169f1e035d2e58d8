import { expect, it } from 'vitest'
import { runBill } from '../cost/run-bill.ts'
import type { LoadOutcome, LoadProgress } from '../outcome.ts'
import type { Threshold } from '../plan.ts'
import { aPlan, anOutcome, latencies, someFigures, someTopicFigures } from '../testing/outcomes.ts'
import { withoutCommonLevels } from './charts.ts'
import { compareRuns } from './compare.ts'
import { readReport, ReportFileError } from './read-report.ts'
import { liveView, spark } from './live.ts'
import { reportPage } from './page.ts'
import { exitCodeOf, loadReport, type LoadReport } from './report.ts'
import { reportText } from './text.ts'
import { verdicts } from './verdict.ts'

function aReport(outcome: LoadOutcome = anOutcome(), earlier?: LoadReport): LoadReport {
  const bill = runBill(outcome)
  return loadReport(outcome, {
    verdicts: verdicts(outcome, bill.dollars.total),
    plannedBill: undefined,
    bill,
    projection: undefined,
    comparison: earlier ? compareRuns(earlier, { ...outcome, name: 'now', bill }) : undefined,
  })
}

const held = (threshold: Threshold, given: Partial<LoadOutcome> = {}): boolean | undefined =>
  verdicts(anOutcome({ ...given, plan: aPlan({ thresholds: [threshold] }) }), 1)[0]?.held

it('a threshold holds up to its bound, and not where nothing was measured', () => {
  expect(held({ metric: 'lost', atMost: 0 })).toBe(true)
  expect(
    held({ metric: 'lost', atMost: 0 }, { total: someFigures({ topics: [someTopicFigures({ lost: 1 })] }) }),
  ).toBe(false)
  expect(held({ metric: 'delivery max', atMost: 100 })).toBe(true)
  expect(held({ metric: 'delivery max', atMost: 99 })).toBe(false)
  expect(held({ metric: 'delivered', atLeast: 101 })).toBe(false)
  expect(held({ metric: 'delivered per second', atLeast: 10 })).toBe(true)
  expect(held({ metric: 'dollars', atMost: 0.5 })).toBe(false)
  expect(held({ metric: 'request p99', atMost: 1e9 })).toBe(false)
  expect(held({ metric: 'delivery p99', phase: 'never began', atMost: 1e9 })).toBe(false)
  expect(held({ metric: 'lost', topic: 'another/topic', atMost: 0 })).toBe(true)
})

it('a threshold may compare with another phase', () => {
  const phase = (name: string, ...ms: number[]) => ({
    ...someFigures({ topics: [someTopicFigures({ delivery: latencies(...ms) })] }),
    name,
    atMs: 0,
    durationMs: 1000,
  })
  const phases = [phase('calm', 10), phase('flood', 19), phase('worse', 21)]
  const times = (name: string): Threshold => ({
    metric: 'delivery max',
    phase: name,
    atMostTimes: { times: 2, ofPhase: 'calm' },
  })
  expect(held(times('flood'), { phases })).toBe(true)
  expect(held(times('worse'), { phases })).toBe(false)
})

it('the exit code: 0 passed, 1 failed or not to its end, 130 stopped', () => {
  expect(exitCodeOf(aReport())).toBe(0)
  expect(
    exitCodeOf(aReport(anOutcome({ plan: aPlan({ thresholds: [{ metric: 'delivered', atLeast: 1e9 }] }) }))),
  ).toBe(1)
  expect(exitCodeOf(aReport(anOutcome({ ended: 'lost' })))).toBe(1)
  expect(exitCodeOf(aReport(anOutcome({ ended: 'unreachable' })))).toBe(1)
  expect(exitCodeOf(aReport(anOutcome({ ended: 'stopped' })))).toBe(130)
})

it('a comparison says better, worse and alike, of the run and of each phase', () => {
  const slower = someFigures({ topics: [someTopicFigures({ lost: 3, delivery: latencies(5.2, 6, 7, 300) })] })
  const { comparison } = aReport(
    anOutcome({ total: slower, phases: [{ ...slower, name: 'load', atMs: 0, durationMs: 10_000 }] }),
    aReport(),
  )
  const of = (metric: string, phase?: string) =>
    comparison?.figures.find((one) => one.metric === metric && one.phase === phase)
  expect(of('lost')).toMatchObject({ was: 0, is: 3, ratio: undefined, verdict: 'worse' })
  expect(of('delivery max')).toMatchObject({ verdict: 'worse' })
  expect(of('delivery max')?.ratio).toBeCloseTo(3)
  expect(of('delivery p50')?.verdict).toBe('alike')
  expect(of('delivery max', 'load')?.verdict).toBe('worse')
})

it('an earlier report is read back as it was written, and anything else is refused', () => {
  const report = aReport()
  expect(readReport(JSON.stringify(report), 'a.json')).toEqual(JSON.parse(JSON.stringify(report)))
  expect(() => readReport('nonsense', 'a.json')).toThrow(ReportFileError)
  expect(() => readReport('{"format":"other"}', 'a.json')).toThrow(
    /name a report that this version's --json wrote/,
  )
})

it('neither the report nor its page holds requests or secrets of the plan', () => {
  const authentication = { kind: 'token', authorizer: 'a', tokenKey: 'k', tokenVariable: 'SECRET' } as const
  const report = aReport(anOutcome({ plan: aPlan({ target: { ...aPlan().target, authentication } }) }))
  expect(JSON.stringify(report)).not.toContain('SECRET')
  expect(reportPage(report)).not.toContain('SECRET')
})

const hostile = '<script>alert("1")</script></style>&'

it('the page stands alone: no script, nothing from elsewhere, everything escaped', () => {
  const page = reportPage(
    aReport(
      anOutcome({
        plan: aPlan({ name: hostile }),
        unfit: { total: 1, first: [{ topic: hostile, at: hostile, problem: hostile }] },
        losses: { total: 1, first: [{ topic: hostile, sequence: 7, at: hostile, subscribers: 2 }] },
        events: { total: 1, first: [{ atMs: 0, level: 'warn', what: hostile }] },
      }),
    ),
  )
  expect(page).not.toMatch(/<script/i)
  expect(page.match(/<\/style>/g)).toHaveLength(1)
  expect(page).not.toMatch(/(src|href)=/)
  expect(page).not.toMatch(/undefined|NaN|\[object/)
  expect(page).toContain('&lt;script&gt;')
})

it('a page of a run that never began is whole', () => {
  const nothing = someFigures({ topics: [] })
  const page = reportPage(
    aReport(anOutcome({ ended: 'unreachable', total: nothing, phases: [], series: [] })),
  )
  expect(page).toContain('the target could not be used')
  expect(page).not.toMatch(/undefined|NaN|Infinity/)
})

it('the text says a loss with topic, sequence and time, and why something was refused', () => {
  const total = someFigures({
    floods: [
      {
        name: 'sessions',
        attempted: 9,
        accepted: 2,
        refused: [{ reason: 'HTTP 429 too-many-sessions', count: 7 }],
      },
    ],
  })
  const losses = {
    total: 1,
    first: [{ topic: 'a/b', sequence: 42, at: '2026-11-21T20:15:00.000Z', subscribers: 3 }],
  }
  const text = reportText(aReport(anOutcome({ total, losses })))
  expect(text).toMatch(/a\/b +42 +2026-11-21T20:15:00.000Z +3/)
  expect(text).toContain('7 × HTTP 429 too-many-sessions (more sessions than one address or person')
  expect(text).not.toContain('\u001B')
  expect(reportText(aReport(), { colour: true })).toContain('\u001B[32m')
})

const progress = (atMs: number, given: Partial<LoadProgress> = {}): LoadProgress => ({
  atMs,
  phase: 'load',
  done: atMs / 60_000,
  sample: { ...(anOutcome().series[0] as LoadProgress['sample']), atMs },
  delivered: 10,
  duplicated: 0,
  reordered: 0,
  unfit: 0,
  refused: 0,
  disconnects: 0,
  requestErrors: 0,
  delivery: latencies(5),
  quotas: [{ id: 'outbound', share: 0.25 }],
  bottleneck: undefined,
  ...given,
})

function recorded(stream: { readonly isTTY?: boolean; readonly columns?: number }, colour: boolean) {
  const written: string[] = []
  return { written, view: liveView({ ...stream, write: (text: string) => written.push(text) }, colour) }
}

it('without a terminal there is a plain line every ten seconds and for each phase', () => {
  const { view, written } = recorded({}, false)
  for (let second = 1; second <= 25; second++) view.show(progress(second * 1000))
  view.show(progress(25_500, { phase: 'next', refused: 4, bottleneck: 'busy' }))
  view.end()
  expect(written).toHaveLength(4)
  expect(written.join('')).not.toContain('\u001B')
  expect(written.at(-1)).toContain('4 refused, THE TESTER IS THE BOTTLENECK (busy)')
})

it('on a terminal it draws over itself, no line longer than the terminal is wide', () => {
  const { view, written } = recorded({ isTTY: true, columns: 40 }, false)
  view.show(progress(1000))
  view.show(progress(2000))
  const again = '\u001B[5A\u001B[J'
  expect(written[1]?.startsWith(again)).toBe(true)
  const lines = (written[1] ?? '').slice(again.length).trimEnd().split('\n')
  expect(lines).toHaveLength(5)
  for (const line of lines) expect(line.length).toBeLessThan(40)
})

it('a chart of a line: the highest is full, none is blank', () => {
  expect(spark([0, 4, null, 8])).toBe('▁▄ █')
  expect(spark([null, 0])).toBe('')
})

it.each([
  [
    ['campaigns/a/total', 'campaigns/a/donations'],
    ['total', 'donations'],
  ],
  [
    ['campaigns/a/total', 'campaigns/b/total'],
    ['a/total', 'b/total'],
  ],
  [['a'], ['a']],
  [
    ['a', 'a/b'],
    ['a', 'a/b'],
  ],
  [[], []],
])('a chart names %j without the levels they share', (topics, names) => {
  expect(withoutCommonLevels(topics)).toEqual(names)
})
