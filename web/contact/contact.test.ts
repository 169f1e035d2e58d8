import { expect, test } from 'vitest'
import { outcomeOf, postContact } from './contact.ts'
import { keepDraft, readDraft } from './draft.ts'

const body = { name: 'Jo', email: 'jo@example.org', message: 'Hello' }

test('a message is sent under the key it is given', async () => {
  const asked: unknown[] = []
  const outcome = await postContact(
    {
      api: '',
      fetch: async (url, { headers, body }) => {
        asked.push([url, (headers as Record<string, string>)['idempotency-key'], JSON.parse(body as string)])
        return Response.json({ contactId: 'c' }, { status: 202 })
      },
    },
    body,
    'k1',
  )
  expect(outcome).toEqual({ kind: 'taken' })
  expect(asked).toEqual([['/contact', 'k1', body]])
})

test.for([
  [500, {}, 'unknown'],
  [503, { detail: 'busy' }, 'unknown'],
  [429, { detail: 'too many' }, 'unknown'],
  [422, { type: 'https://x/problems/idempotency-key-reused' }, 'taken-before'],
  [400, { detail: 'bad' }, 'refused'],
  [413, undefined, 'refused'],
] as const)('%i is %s', ([status, answer, kind]) => {
  expect(outcomeOf(status, answer).kind).toBe(kind)
})

test('a problem names its fields', () => {
  const outcome = outcomeOf(400, { detail: 'x', errors: [{ field: 'email', problem: 'must be an address' }] })
  expect(outcome).toMatchObject({ kind: 'refused', errors: new Map([['email', 'must be an address']]) })
})

test('an answer that never came is unknown', async () => {
  const cut = async (): Promise<Response> => {
    throw new TypeError('cut')
  }
  expect(await postContact({ api: '', fetch: cut }, body, 'k')).toEqual({ kind: 'unknown', detail: 'cut' })
})

test('a draft is kept, forgotten, and nothing that is none is read', () => {
  const kept = new Map<string, string>()
  const store = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  }
  expect(readDraft(store)).toBeUndefined()
  keepDraft(store, { fields: { name: 'Jo' }, key: 'k' })
  expect(readDraft(store)).toEqual({ fields: { name: 'Jo' }, key: 'k' })
  for (const odd of ['{', '1', 'null', '{"key":1}', '{"key":"k"}', '{"key":"k","fields":null}']) {
    kept.set('fanfare.contact', odd)
    expect(readDraft(store)).toBeUndefined()
  }
  keepDraft(store, undefined)
  expect(kept.size).toBe(0)
  const full = {
    ...store,
    setItem: () => {
      throw new Error('full')
    },
  }
  expect(() => keepDraft(full, { fields: {}, key: 'k' })).not.toThrow()
  expect(readDraft(undefined)).toBeUndefined()
})
