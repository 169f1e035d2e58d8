/**
 * `<fanfare-value topic="campaigns/red-nose/total" field="total.value" format="currency">`: one field of a state.
 *
 * @module
 */
import type { LiteClient } from '../lite.ts'
import { fieldOf, formatField } from './format.ts'
import { genericState } from './generic-contract.ts'
import { fieldOptions, LiveElement } from './live-element.ts'

/** How long a number counts up, ms, with the attribute `count-up`. */
const countUpMs = 800

/** Attributes that say how the value is written; the topic stays. */
const writing = ['field', 'format', 'currency', 'locale']

/** Text for screen readers only. */
const hidden =
  'position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap'

/**
 * Attributes: `topic`, `api`, `field`, `format` (`text`, `number`, `percent`, `currency`, `time`, `date`), `currency`,
 * `locale`; `count-up`, which is left out for readers who asked for less motion; `announce`, seconds between two
 * announcements to screen readers (default: none, because a ticker would never be silent). What stands inside is shown
 * until the first value. Part: `value`. Event: `fanfare-value` with the whole state as its `detail`.
 */
export class FanfareValue extends LiveElement {
  static override readonly observedAttributes = [...LiveElement.observedAttributes, ...writing]
  #data: unknown
  #text: HTMLElement | undefined
  #spoken: HTMLElement | undefined
  #spokenAt = -Infinity
  #shown: number | undefined
  #frame = 0

  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!writing.includes(name)) super.attributeChangedCallback(name, before, after)
    else if (this.#text) this.#draw()
  }

  protected listen(client: LiteClient, topic: string): () => void {
    const handle = client.state(
      genericState(topic),
      {},
      {
        onValue: (data) => {
          this.#data = data
          this.removeAttribute('missing')
          this.#draw()
          this.dispatchEvent(new CustomEvent('fanfare-value', { detail: data, bubbles: true }))
        },
        onMissing: () => this.setAttribute('missing', ''),
        onError: (error) => this.fail(error),
      },
    )
    return () => {
      handle.close()
      cancelAnimationFrame(this.#frame)
    }
  }

  #draw(): void {
    const options = fieldOptions(this, '')
    const value = fieldOf(this.#data, options.path)
    const from = this.#shown
    cancelAnimationFrame(this.#frame)
    const put = (number?: number): void => {
      this.#shown = number
      this.#place().textContent = formatField(this.#data, options, number)
    }
    if (typeof value !== 'number') put()
    else if (from === undefined || !this.hasAttribute('count-up') || stillness()) put(value)
    else {
      const start = performance.now()
      const step = (now: number): void => {
        const part = Math.min(Math.max((now - start) / countUpMs, 0), 1)
        put(part === 1 ? value : Math.round(from + (value - from) * part))
        if (part < 1) this.#frame = requestAnimationFrame(step)
      }
      this.#frame = requestAnimationFrame(step)
    }
    this.#announce(formatField(this.#data, options))
  }

  #place(): HTMLElement {
    if (this.#text) return this.#text
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    this.#text = document.createElement('span')
    this.#text.setAttribute('part', 'value')
    root.replaceChildren(this.#text)
    return this.#text
  }

  #announce(text: string): void {
    const everyMs = Number(this.getAttribute('announce')) * 1000
    const now = Date.now()
    if (!(everyMs > 0) || now - this.#spokenAt < everyMs) return
    this.#spokenAt = now
    if (!this.#spoken) {
      this.#spoken = document.createElement('span')
      this.#spoken.setAttribute('role', 'status')
      this.#spoken.style.cssText = hidden
      this.shadowRoot?.append(this.#spoken)
    }
    this.#spoken.textContent = text
  }
}

const stillness = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches
