import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import type { Contact } from './contact.ts'
import { crmWebhook } from './crm-webhook.ts'
import { aContact } from './testing.ts'

/** What is told of a contact that a CRM refuses with these words. */
async function reasonOf(contact: Contact, wordsOf: (body: string) => string): Promise<string> {
  const server = createServer((request, response) => {
    void text(request).then((body) => response.writeHead(422).end(wordsOf(body)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const crm = crmWebhook({
      url: `http://localhost:${(server.address() as AddressInfo).port}/`,
      secrets: async () => [Buffer.alloc(32)],
      now: Date.now,
    })
    const outcome = await crm(contact)
    return outcome.kind === 'refused' ? outcome.reason : outcome.kind
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const private_ = { name: 'Ann "Q" Doe', about: 'My "illness"', message: 'I lost\nmy "house" last year' }

it.each<[string, (body: string) => string]>([
  ['as JSON', (body) => `no field for ${body}`],
  ['as text', () => `no field for ${Object.values(private_).join(' ')}`],
  ['as JSON in JSON', (body) => JSON.stringify({ problem: 'no field for it', body })],
])("a CRM that repeats a person's words %s has only its own told", async (_, wordsOf) => {
  const reason = await reasonOf(aContact(1, private_), wordsOf)
  expect(reason).toContain('no field for')
  expect(reason).not.toMatch(/Ann|Doe|illness|lost|house|visitor1@/)
})

it('nor does it pass on the beginning of what was too long to repeat', async () => {
  const message = 'Confidential words. '.repeat(90)
  for (const length of [300, 1_000])
    expect(
      await reasonOf(aContact(1, { message }), (body) => `refused: ${body.slice(0, length)}`),
    ).not.toContain('Confidential')
})
