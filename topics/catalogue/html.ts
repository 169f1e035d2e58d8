/** HTML from text, with everything escaped that is not HTML already. */
import { escapeHtml } from './escape-html.ts'

const content: unique symbol = Symbol('content')

/** Text that is HTML already; only `markup` makes it. */
export interface Html {
  readonly [content]: string
}

type Part = Html | string | number | false | undefined | readonly Html[]

/** `` markup`<p>${text}</p>` ``: what stands in it is escaped, other `markup` goes in as it is, `false` and undefined are left out. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0] ?? ''
  for (const [index, part] of parts.entries()) text += partText(part) + (strings[index + 1] ?? '')
  return { [content]: text }
}

export function htmlText(made: Html): string {
  return made[content]
}

/** What an element's id may be, from any name. */
export function idOf(name: string): string {
  return name.replaceAll(/[^\w-]/g, '-')
}

function partText(part: Part): string {
  if (part === undefined || part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part))
  if (isList(part)) return part.map((one) => one[content]).join('')
  return part[content]
}

const isList = (part: Html | readonly Html[]): part is readonly Html[] => Array.isArray(part)

/** Text for a `<style>` element, which knows no entities: what would end it is taken apart. */
export function styleText(css: string): Html {
  return { [content]: css.replaceAll(/<\/(?=style)/gi, '<\\/') }
}

/** A page that stands alone: its style in it, no script, nothing from elsewhere. `head` and `bodyClass` are the page's own. */
export function standalonePage(page: {
  readonly title: string
  readonly css: string
  readonly head?: Html
  readonly bodyClass?: string
  readonly body: Html
}): string {
  return htmlText(
    markup`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          ${page.head ?? false}
          <title>${page.title}</title>
          <style>
            ${styleText(page.css)}
          </style>
        </head>
        <body class="${page.bodyClass ?? ''}">
          ${page.body}
        </body>
      </html> `,
  )
}
