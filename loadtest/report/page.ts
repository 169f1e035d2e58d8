/**
 * The report as one page that stands alone: no script, nothing from elsewhere, everything escaped.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { type Html, markup, standalonePage } from '../../topics/catalogue/html.ts'
import { numberText } from '../../topics/cost/words.ts'
import { thresholdMetrics } from '../plan.ts'
import { chartFigure } from './chart.ts'
import { charts } from './charts.ts'
import { metricValue } from './metrics.ts'
import type { LoadReport } from './report.ts'
import { type Section, sections } from './sections.ts'
import { isFigure } from './table.ts'
import { endText } from './text.ts'
import { minuteText, msText, spanText, unitText } from './words.ts'

/** The page's HTML. */
export function reportPage(report: LoadReport): string {
  const css = readFileSync(new URL('page.css', import.meta.url), 'utf8')
  return standalonePage({
    title: `${report.name}: ${verdictWord(report)}`,
    css,
    head: markup`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />`,
    body: markup`<main>
      ${header(report)} ${verdicts(report)}
      <section class="charts" aria-label="Charts">${charts(report).map(chartFigure)}</section>
      ${sections(report).map(section)} ${happenings(report)}
    </main>`,
  })
}

function verdictWord({ passed, ended }: LoadReport): string {
  if (passed) return 'passed'
  return ended === 'stopped' ? 'stopped' : 'failed'
}

function header(report: LoadReport): Html {
  const word = verdictWord(report)
  const measured = { figures: report.total, durationMs: report.durationMs }
  const value = (metric: 'delivered' | 'lost') => numberText(metricValue(metric, measured) ?? 0)
  const tiles = [
    ['delivered', value('delivered')],
    ['lost', value('lost')],
    ['connections at most', numberText(report.total.connections.most)],
    ['publish to delivery, p50', msText(metricValue('delivery p50', measured))],
    ['publish to delivery, p99', msText(metricValue('delivery p99', measured))],
    ['time to current value, p99', msText(metricValue('current value p99', measured))],
  ] as const
  return markup`<header>
    <p class="eyebrow">Fanfare load test</p>
    <h1>${report.name} <span class="verdict ${word}">${word}</span></h1>
    <p class="quiet">
      ${report.aimedAt.httpUrl}, ${report.aimedAt.region}; ${endText(report)}; began
      <time datetime="${report.startedAt}">${minuteText(report.startedAt)}</time>; run ${report.run}, seed ${report.seed}.
    </p>
    <dl class="tiles">
      ${tiles.map(
        ([name, figure]) =>
          markup`<div>
            <dt>${name}</dt>
            <dd>${figure}</dd>
          </div>`,
      )}
    </dl>
  </header>`
}

function verdicts({ verdicts }: LoadReport): Html | false {
  return (
    verdicts.length > 0 &&
    markup`<section>
      <h2>Thresholds</h2>
      <ul class="thresholds">
        ${verdicts.map(
          ({ held, text, value, threshold, why }) =>
            markup`<li class="${held ? 'passed' : 'failed'}">
              <span class="mark">${held ? 'holds' : 'failed'}</span>
              <span>${text}</span>
              <strong>${value === undefined ? (why ?? '–') : unitText(value, thresholdMetrics[threshold.metric].unit)}</strong>
            </li>`,
        )}
      </ul>
    </section>`
  )
}

function section({ title, note, rows: [heading = [], ...rows] }: Section): Html {
  return markup`<section>
    <h2>${title}</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="${title}">
      <table>
        <thead>
          <tr>
            ${heading.map(
              (cell, column) =>
                markup`<th scope="col" class="${rows.every((row) => isFigure(row[column] ?? '–')) ? 'figure' : 'words'}">${cell}</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ([first = '', ...cells]) =>
              markup`<tr>
                <th scope="row">${first}</th>
                ${cells.map((cell) => markup`<td class="${isFigure(cell) ? 'figure' : 'words'}">${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${note !== undefined && markup`<p class="quiet">${note}</p>`}
  </section>`
}

function happenings({ events }: LoadReport): Html | false {
  return (
    events.first.length > 0 &&
    markup`<section>
      <h2>What happened</h2>
      <ol class="events">
        ${events.first.map(
          ({ atMs, level, what }) =>
            markup`<li class="${level}"><span class="at">${spanText(atMs)}</span> <span>${what}</span></li>`,
        )}
      </ol>
      ${
        events.total > events.first.length &&
        markup`<p class="quiet">And ${numberText(events.total - events.first.length)} more.</p>`
      }
    </section>`
  )
}
