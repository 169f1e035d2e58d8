/**
 * What both elements have in common: a topic that is heard while the element is on a page, and attributes that say how
 * that goes.
 *
 * @module
 */
import type { LiteClient } from '../lite.ts'
import { defaults, useClientOf } from './clients.ts'
import type { FieldFormat, FieldOptions } from './format.ts'

// Where there is no page (a server that renders), the classes can be defined and are never used.
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (Object as unknown as typeof HTMLElement)

/**
 * Sets on itself `status` (`live`, `catching-up` or `offline`; what is shown may be old unless it is `live`), `missing`
 * when nothing was ever written to the topic, and `error` with a code when the topic cannot be heard.
 */
export abstract class LiveElement extends Base {
  static readonly observedAttributes = ['topic', 'api', 'last', 'keep']
  #end: (() => void) | undefined
  #due = false

  /** Hears the topic; the answer ends that. */
  protected abstract listen(client: LiteClient, topic: string): () => void

  connectedCallback(): void {
    this.#soon()
  }

  disconnectedCallback(): void {
    this.#soon()
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (before !== after) this.#soon()
  }

  /** After all attributes are set, and once for an element that is only moved. */
  #soon(): void {
    if (this.#due) return
    this.#due = true
    queueMicrotask(() => {
      this.#due = false
      this.#restart()
    })
  }

  #restart(): void {
    this.#end?.()
    this.#end = undefined
    const topic = this.getAttribute('topic')
    if (!this.isConnected || !topic) return
    this.removeAttribute('error')
    this.removeAttribute('missing')
    const { client, release } = useClientOf(this.getAttribute('api') ?? defaults.api)
    const show = (): void => this.setAttribute('status', client.status.state)
    show()
    const stopStatus = client.on('status', show)
    let stop = (): void => {}
    try {
      stop = this.listen(client, topic)
    } catch (error) {
      // A topic's name that cannot be: nobody else would say so on a page without a build step.
      this.fail(error)
    }
    this.#end = () => {
      stop()
      stopStatus()
      release()
    }
  }

  protected fail(error: unknown): void {
    this.setAttribute('error', (error as { code?: string }).code ?? 'failed')
    console.warn(`fanfare: ${this.localName} topic="${this.getAttribute('topic')}":`, error)
  }
}

/** How to write a field, from an element's attributes. */
export function fieldOptions(element: Element, prefix: '' | 'data-'): FieldOptions {
  const say = (name: string): string | undefined => element.getAttribute(prefix + name) ?? undefined
  return {
    path: say('field') ?? '',
    format: (say('format') ?? 'text') as FieldFormat,
    currency: say('currency'),
    locale: say('locale') ?? (element.closest('[lang]')?.getAttribute('lang') || undefined),
  }
}
