/**
 * One topic's live tail: what is heard, newest first, as many rows as one looks at.
 *
 * @module
 */
import type { Client } from '../../client/index.ts'
import type { FeedContract, SignalContract, StateContract } from '../../topics/contract/contract.ts'
import { describeStatus } from '../page/status-line.ts'
import { make } from '../page/elements.ts'

/** Rows that are kept; older ones go. */
const rowsMax = 20

/** What anyone may hear; an inbox is one person's. */
export type TailContract = StateContract | FeedContract | SignalContract

/** Shows the form and makes its button listen and stop. */
export function tailTopic(form: HTMLFormElement, contract: TailContract, connected: () => Client): void {
  const button = part(form, '.tail-button', HTMLButtonElement)
  const rows = part(form, '.tail-rows', HTMLOListElement)
  const status = part(form, '.tail-status', HTMLElement)
  const inputs = [...form.querySelectorAll('input')]
  let stop: (() => void) | undefined
  let heard = 0

  const draw = (text: string, kind?: 'gap'): void => {
    const row = document.createElement('li')
    if (kind === 'gap') row.dataset['gap'] = ''
    const time = document.createElement('time')
    const now = new Date()
    time.dateTime = now.toISOString()
    time.textContent = now.toLocaleTimeString()
    row.append(time, make('code', '', text))
    rows.prepend(row)
    while (rows.childElementCount > rowsMax) rows.lastElementChild?.remove()
  }

  function listen(): void {
    const parameters = Object.fromEntries(inputs.map(({ name, value }) => [name, value]))
    const client = connected()
    heard = 0
    const say = (): void => {
      const state = client.status.state === 'live' ? 'Listening' : describeStatus(client.status)
      status.textContent = `${state}. ${heard === 0 ? 'Nothing was said yet.' : ''}`.trim()
    }
    const hear = (text: string, kind?: 'gap'): void => {
      heard += 1
      draw(text, kind)
      say()
    }
    rows.replaceChildren()
    rows.hidden = false
    const topic = open(client, contract, parameters, hear)
    const stopStatus = client.on('status', say)
    say()
    stop = () => {
      stopStatus()
      topic.close()
      status.textContent = 'Stopped.'
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (stop) {
      stop()
      stop = undefined
    } else listen()
    form.toggleAttribute('data-listening', stop !== undefined)
    button.textContent = stop ? 'Stop' : 'Listen'
    for (const input of inputs) input.readOnly = stop !== undefined
  })
  form.hidden = false
}

function open(
  client: Client,
  contract: TailContract,
  parameters: Readonly<Record<string, string>>,
  hear: (text: string, kind?: 'gap') => void,
): { close(): void } {
  if (contract.kind === 'state') {
    return client.state(contract, parameters, {
      onValue: (value) => hear(JSON.stringify(value)),
      onMissing: () => hear('no such topic yet', 'gap'),
    })
  }
  if (contract.kind === 'signal') {
    return client.signal(contract, parameters, { onSignal: (value) => hear(JSON.stringify(value)) })
  }
  return client.feed(contract, parameters, {
    last: rowsMax,
    onItem: (item) => {
      if (item.kind === 'entry') hear(JSON.stringify(item.value))
      else if (item.kind === 'retract') hear(`${item.retracts} was retracted`, 'gap')
      else hear(`${item.from} to ${item.to} were left out (${item.reason})`, 'gap')
    },
  })
}

function part<Kind extends Element>(
  form: HTMLFormElement,
  selector: string,
  kind: abstract new (...args: never[]) => Kind,
): Kind {
  const found = form.querySelector(selector)
  if (found instanceof kind) return found
  throw new TypeError(`the form has no ${selector}`)
}
