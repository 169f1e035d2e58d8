import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { contactSchema } from '../../topics/staff-contacts.ts'
import { readEvent } from '../platform/bus/event.ts'
import { traceOf } from '../platform/bus/trace.ts'
import { RecordingLog } from '../testing/recording-log.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { acceptContact, type ContactPorts } from './accept.ts'
import { type Contact, contactIdOf, contactReceived } from './contact.ts'

const ann = { name: 'Ann', email: 'ann@example.org', message: 'Hello' }

type Outcome = Awaited<ReturnType<ContactPorts['record']>>

function aStage() {
  const stage = {
    time: new VirtualTime(),
    log: new RecordingLog(),
    recorded: new Map<string, Contact>(),
    published: [] as string[],
    outcomes: [] as (Outcome | Error)[],
    publishFails: false,
    wait: undefined as number | undefined,
  }
  const ports: ContactPorts = {
    record(contact) {
      const told = stage.outcomes.shift()
      if (told instanceof Error) return Promise.reject(told)
      if (told) return Promise.resolve(told)
      const before = stage.recorded.get(contact.contactId)
      if (before) return Promise.resolve(before.hash === contact.hash ? 'known' : 'other')
      stage.recorded.set(contact.contactId, contact)
      return Promise.resolve('recorded')
    },
    publish(event) {
      if (stage.publishFails) return Promise.reject(new Error('SNS throttles'))
      stage.published.push(event)
      return Promise.resolve()
    },
    limit: () => Promise.resolve(stage.wait),
    time: stage.time,
    random: () => 0.5,
  }
  const accept = (body: unknown, idempotencyKey?: string) =>
    stage.time.run(
      acceptContact(
        {
          address: '192.0.2.1',
          idempotencyKey,
          trace: traceOf(undefined, Math.random),
          log: stage.log,
          readBody: () => body,
        },
        ports,
      ),
    )
  return { stage, accept }
}

describe('POST /contact', () => {
  it('takes a contact; a retry is the same one, and the key is of no other', async () => {
    const { stage, accept } = aStage()
    const first = await accept(ann, 'k1')
    expect(await accept({ ...ann, name: ' Ann ' }, 'k1')).toEqual(first)
    expect(stage.recorded.size).toBe(1)
    await expect(accept({ ...ann, message: 'Other' }, 'k1')).rejects.toMatchObject({ status: 422 })
    expect((await accept(ann, 'k2')).contactId).not.toBe(first.contactId)
  })

  it('is one contact without a key when the same words come on the same day', async () => {
    const { stage, accept } = aStage()
    const { contactId } = await accept(ann)
    expect(await accept(ann)).toEqual({ contactId })
    await stage.time.run(stage.time.sleep(86_400_000))
    expect((await accept(ann)).contactId).not.toBe(contactId)
    // Nobody who knows the words can take their place by a key.
    expect(contactIdOf('x', 'h', 0)).not.toBe(contactIdOf(undefined, 'h', 0))
  })

  it('publishes at once while the table is away, and refuses nobody for it', async () => {
    const { stage, accept } = aStage()
    stage.outcomes = [new Error('no connection')]
    const { contactId } = await accept(ann, 'k1')
    const [event = ''] = stage.published
    expect(readEvent(contactReceived, event)).toMatchObject({ id: contactId, data: { contactId, ...ann } })
    expect(stage.log.lines).toHaveLength(1)
    expect(JSON.stringify(stage.log.lines)).not.toContain('ann@')
    stage.outcomes = ['conflict', 'conflict', 'conflict', 'conflict']
    await accept(ann, 'k1')
    expect(stage.published).toHaveLength(2)
    stage.outcomes = [new Error('no connection')]
    stage.publishFails = true
    await expect(accept(ann, 'k1')).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
  })

  it('keeps to itself what a program fills in, and lets it believe', async () => {
    const { stage, accept } = aStage()
    const { contactId } = await accept({ ...ann, website: 'https://example.com' }, 'k1')
    expect(contactId).toMatch(/^[a-z2-7]{26}$/)
    expect(stage.recorded.size + stage.published.length).toBe(0)
    expect(stage.log.counts.get('ContactsOfPrograms')).toBe(1)
  })

  it('refuses an address that had its share', async () => {
    const { stage, accept } = aStage()
    stage.wait = 17
    await expect(accept(ann)).rejects.toMatchObject({ status: 429, headers: { 'retry-after': '17' } })
  })

  it.each([
    [{ ...ann, name: ' \u0000\n ' }, 'name'],
    [{ ...ann, name: 'a'.repeat(101) }, 'name'],
    [{ ...ann, message: '' }, 'message'],
    [{ ...ann, message: 'a'.repeat(2001) }, 'message'],
    [{ ...ann, message: 'half \ud800' }, 'message'],
    [{ ...ann, email: 'ann@example.org\r\nBcc: all@example.org' }, 'email'],
    [{ ...ann, email: 'ann' }, 'email'],
    [{ ...ann, about: 7 }, 'about'],
    [{ email: ann.email, message: 'x' }, 'name'],
    [[], 'name'],
    ['x', 'body'],
  ])('refuses %j for its %s', async (body, field) => {
    const { accept } = aStage()
    await expect(accept(body)).rejects.toMatchObject({
      status: 400,
      code: 'contact-unfit',
      errors: expect.arrayContaining([expect.objectContaining({ field })]),
    })
  })

  it.each(['', 'a b', 'a'.repeat(256), 'é'])('refuses the key %j', async (key) => {
    await expect(aStage().accept(ann, key)).rejects.toMatchObject({ code: 'idempotency-key-unfit' })
  })

  it('takes nothing that its event or the feed of staff would not', async () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 90 })
    const body = fc.record({
      name: text,
      about: fc.option(text),
      message: text,
      email: fc.constant(ann.email),
    })
    await fc.assert(
      fc.asyncProperty(body, async (given) => {
        const { stage, accept } = aStage()
        const [outcome] = await Promise.allSettled([accept(given)])
        fc.pre(outcome.status === 'fulfilled')
        const [contact] = stage.recorded.values()
        const { acceptedAt, hash: _, ...shown } = contact ?? { acceptedAt: '', hash: '' }
        expect(v.safeParse(contactSchema, { ...shown, at: acceptedAt }).success).toBe(true)
      }),
    )
  })
})
