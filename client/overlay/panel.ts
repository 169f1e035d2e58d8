/**
 * The panel itself: in a shadow root, so that the page's style and it leave each other alone; text only, so that nothing
 * that a message says can become markup.
 *
 * @module
 */

export interface OverlayEntry {
  /** Another entry of the same key takes its place and counts up. */
  readonly key: string
  readonly title: string
  readonly where: string
  readonly detail: string
  readonly remedy: string
}

/** The panel, as what fills it sees it. */
export interface OverlayPanel {
  show(entry: OverlayEntry): void
  forget(key: string): void
}

const style = `
:host{all:initial;position:fixed;inset:auto 1rem 1rem auto;z-index:2147483647;max-width:min(34rem,calc(100vw - 2rem))}
section{font:14px/1.45 system-ui,sans-serif;color:#1d1a24;background:#fff;border:1px solid #b3261e;border-left-width:6px;
 border-radius:8px;box-shadow:0 8px 30px #0004;max-height:60vh;overflow:auto}
header{display:flex;justify-content:space-between;align-items:center;gap:1rem;padding:.5rem .5rem .5rem .9rem;font-weight:600}
button{font:inherit;font-weight:400;padding:.3rem .7rem;border:1px solid #8a8594;border-radius:6px;background:#f3f0f7;color:inherit;cursor:pointer}
ul{list-style:none;margin:0;padding:0 .9rem .7rem}
li{border-top:1px solid #ddd8e4;padding:.5rem 0}
strong{color:#b3261e}code{font:12px ui-monospace,monospace;overflow-wrap:anywhere}p{margin:.2rem 0 0}
@media(prefers-color-scheme:dark){section{background:#211d29;color:#eee9f5;border-color:#f2b8b5}
 button{background:#37313f}li{border-color:#48414f}strong{color:#f2b8b5}}`

/** Entries at once; the oldest give way. */
const entriesMax = 8

/** A panel that stands on the page while it has entries. */
export function overlayPanel(): OverlayPanel {
  const host = document.createElement('div')
  const root = host.attachShadow({ mode: 'open' })
  const sheet = make('style', style)
  const panel = make('section')
  panel.setAttribute('role', 'alertdialog')
  panel.setAttribute('aria-label', 'Fanfare: problems while developing')
  const header = make('header', 'Fanfare')
  const dismiss = make('button', 'Dismiss')
  const list = make('ul')
  header.append(dismiss)
  panel.append(header, list)
  root.append(sheet, panel)
  const shown = new Map<string, { readonly item: HTMLElement; readonly times: number }>()

  function clear(): void {
    shown.clear()
    list.replaceChildren()
    host.remove()
    removeEventListener('keydown', escape)
  }

  function escape(event: KeyboardEvent): void {
    if (event.key === 'Escape') clear()
  }

  function forget(key: string): void {
    shown.get(key)?.item.remove()
    shown.delete(key)
    if (shown.size === 0) clear()
  }

  dismiss.addEventListener('click', clear)

  return {
    show({ key, title, where, detail, remedy }) {
      const before = shown.get(key)
      const times = (before?.times ?? 0) + 1
      const item = make('li')
      const line = make('p')
      line.append(make('strong', title), times > 1 ? ` ${times} times, ` : ' ', make('code', where))
      item.append(line, make('p', detail), make('p', remedy))
      if (before) before.item.replaceWith(item)
      else list.prepend(item)
      shown.set(key, { item, times })
      const oldest = shown.keys().next().value
      if (shown.size > entriesMax && oldest !== undefined) forget(oldest)
      if (host.isConnected) return
      // A script in the head runs before there is a body.
      ;(document.body ?? document.documentElement).append(host)
      addEventListener('keydown', escape)
    },
    forget,
  }
}

function make<Name extends keyof HTMLElementTagNameMap>(name: Name, text = ''): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  element.textContent = text
  return element
}
