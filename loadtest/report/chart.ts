/**
 * A chart of lines as inline SVG, with its figures as a table beside it for who cannot see it, or wants them.
 *
 * @module
 */
import { type Html, idOf, markup } from '../../topics/catalogue/html.ts'

export interface Line {
  readonly name: string
  /** One for each of the chart's `xs`; null where there is none: the line has a gap. */
  readonly ys: readonly (number | null)[]
}

export interface Band {
  readonly name: string
  readonly from: number
  readonly to: number
}

export interface Chart {
  readonly title: string
  readonly xs: readonly number[]
  readonly lines: readonly Line[]
  /** Stretches of the x axis with a name: phases. */
  readonly bands?: readonly Band[]
  /** Places on the x axis that are marked, with what is there. */
  readonly xTicks: readonly { readonly at: number; readonly text: string }[]
  readonly xName: string
  /** A value of the x axis in words. */
  readonly xText: (value: number) => string
  /** A value of the y axis in words. */
  readonly yText: (value: number) => string
  /** The y axis grows by powers of ten: for latencies, which span several. */
  readonly logarithmic?: boolean
}

const size = { width: 520, height: 230, left: 62, right: 12, top: 22, bottom: 26 } as const

/** Rows that a chart's table has at the most; a longer run is shown in steps. */
const tableRows = 60

export function chartFigure(chart: Chart): Html {
  const id = idOf(`chart-${chart.title}`)
  const step = Math.max(1, Math.ceil(chart.xs.length / tableRows))
  const rows = chart.xs.flatMap((x, index) => (index % step === 0 ? [{ x, index }] : []))
  return markup`<figure class="chart" aria-labelledby="${id}">
    <figcaption id="${id}">${chart.title}</figcaption>
    ${legend(chart)}
    ${svg(chart, id)}
    <details>
      <summary>Figures${step > 1 ? ` (one of ${step})` : ''}</summary>
      <div class="scroll" tabindex="0" role="group" aria-label="${chart.title}: figures">
        <table>
          <thead>
            <tr>
              <th scope="col">${chart.xName}</th>
              ${chart.lines.map(({ name }) => markup`<th scope="col">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              ({ x, index }) =>
                markup`<tr>
                  <th scope="row">${chart.xText(x)}</th>
                  ${chart.lines.map(({ ys }) => markup`<td>${yCell(chart, ys[index])}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  </figure>`
}

function legend({ lines }: Chart): Html | false {
  return (
    lines.length > 1 &&
    markup`<ul class="legend">
      ${lines.map(
        ({ name }, index) =>
          markup`<li>
            <svg viewBox="0 0 24 8" width="24" height="8" aria-hidden="true">
              <line class="line l${index % 6}" x1="0" y1="4" x2="24" y2="4" />
            </svg>
            ${name}
          </li>`,
      )}
    </ul>`
  )
}

function svg(chart: Chart, id: string): Html {
  const { width, height, left, right, top, bottom } = size
  const x = xScale(chart)
  const { y, ticks } = yScale(chart)
  const floor = height - bottom
  return markup`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id} ${id}-says">
    <desc id="${id}-says">${describe(chart)}</desc>
    ${(chart.bands ?? []).map((band, index) => {
      const from = x(band.from)
      const wide = Math.max(0, x(band.to) - from)
      // A letter takes about eight units on a narrow page; what does not fit is in the table of phases.
      const name = band.name.length * 8 < wide ? band.name : ''
      return markup`<g>
        <rect class="band b${index % 2}" x="${round(from)}" y="${top}" width="${round(wide)}" height="${floor - top}" />
        <text class="band-name" x="${round(from + 4)}" y="${top - 7}">${name}</text>
      </g>`
    })}
    ${ticks.map(
      (value) => markup`<g>
        <line class="grid" x1="${left}" x2="${width - right}" y1="${round(y(value))}" y2="${round(y(value))}" />
        <text class="tick" x="${left - 6}" y="${round(y(value) + 4)}" text-anchor="end">${chart.yText(value)}</text>
      </g>`,
    )}
    ${chart.xTicks.map(
      ({ at, text }) =>
        markup`<text class="tick" x="${round(x(at))}" y="${height - 8}" text-anchor="${x(at) > width - 30 ? 'end' : 'middle'}">${text}</text>`,
    )}
    ${chart.lines.map(
      ({ ys }, index) => markup`<path class="line l${index % 6}" d="${path(chart.xs, ys, x, y)}" />`,
    )}
  </svg>`
}

function xScale({ xs, bands = [] }: Chart): (value: number) => number {
  const from = Math.min(xs[0] ?? 0, bands[0]?.from ?? Number.POSITIVE_INFINITY)
  const to = Math.max(xs.at(-1) ?? 1, bands.at(-1)?.to ?? 0)
  const wide = size.width - size.left - size.right
  return (value) => size.left + (to === from ? 0 : ((value - from) / (to - from)) * wide)
}

function yScale({ lines, logarithmic = false }: Chart) {
  const values = lines.flatMap(({ ys }) => ys.filter((value): value is number => value !== null))
  const most = values.reduce((a, b) => Math.max(a, b), 0)
  const tall = size.height - size.top - size.bottom
  const floor = size.height - size.bottom
  if (logarithmic) {
    const least = values.reduce((a, b) => (b > 0 ? Math.min(a, b) : a), most || 1)
    const low = Math.floor(Math.log10(Math.max(least, 0.001)))
    const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(most, 0.01))))
    return {
      y: (value: number) => floor - ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * tall,
      ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    }
  }
  const step = niceStep(most / 4)
  const top = Math.max(step, Math.ceil(most / step) * step)
  return {
    y: (value: number) => floor - (value / top) * tall,
    ticks: Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step),
  }
}

/** 1, 2 or 5 times a power of ten, at least so large. */
function niceStep(least: number): number {
  if (!(least > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(least))
  return ([1, 2, 5, 10].find((times) => times * power >= least) ?? 10) * power
}

function path(
  xs: readonly number[],
  ys: readonly (number | null)[],
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  let drawing = false
  let text = ''
  for (const [index, at] of xs.entries()) {
    const value = ys[index] ?? null
    if (value === null) {
      drawing = false
      continue
    }
    text += `${drawing ? 'L' : 'M'}${round(x(at))} ${round(y(value))}`
    // A value alone between gaps would not be seen.
    if (!drawing && (ys[index + 1] ?? null) === null) text += 'h1.5'
    drawing = true
  }
  return text
}

function describe({ lines, yText }: Chart): string {
  return lines
    .map(({ name, ys }) => {
      const values = ys.filter((value): value is number => value !== null)
      return values.length === 0
        ? `${name}: nothing`
        : `${name}: from ${yText(values.reduce((a, b) => Math.min(a, b)))} to ${yText(values.reduce((a, b) => Math.max(a, b)))}`
    })
    .join('; ')
}

function yCell({ yText }: Chart, value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : yText(value)
}

const round = (value: number): number => Math.round(value * 10) / 10
