/**
 * The catalogue's live tails: each topic that anyone may hear, heard by the browser client with a visitor's session.
 *
 * @module
 */
import { type Client, connect } from '../client/index.ts'
import { contracts } from '../topics/registry.ts'
import { tailTopic } from './topics/tail.ts'

let client: Client | undefined

/** One connection for all of the page's tails, made when the first is asked for. */
const connected = (): Client => (client ??= connect({ api: '' }))

for (const form of document.querySelectorAll<HTMLFormElement>('form.tail')) {
  const contract = contracts.find(({ topic }) => topic === form.dataset['topic'])
  if (contract && contract.kind !== 'inbox') tailTopic(form, contract, connected)
}
