import { describe, expect, it } from 'vitest'
import { PoisonError, RetryLater } from '../platform/bus/queue-handler.ts'
import { type Letter, LetterRefusedError } from '../platform/mail/letter.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { aContact, Killer, memoryRecords } from './testing.ts'
import { welcomeLetter } from './welcome-letter.ts'
import { letterLeaseMs, welcomeContact } from './welcome.ts'

function aStage(killer = new Killer(0, 'before')) {
  const sent: Letter[] = []
  const time = new VirtualTime()
  const records = memoryRecords()
  const stage = { sent, time, records, fail: undefined as Error | undefined }
  const send = async (_to: string, letter: Letter) => {
    await time.sleep(50)
    if (stage.fail) throw stage.fail
    sent.push(letter)
  }
  const ports = { records: killer.on(records), leases: killer.on(records), send: killer.call(send), time }
  return { stage, welcome: () => time.run(welcomeContact(aContact(), ports)), ports }
}

describe('the welcome letter', () => {
  it('goes once, though its message comes again', async () => {
    const { stage, welcome } = aStage()
    await welcome()
    await welcome()
    expect(stage.sent).toHaveLength(1)
  })

  it('goes once, though its message comes twice at once', async () => {
    const { stage, ports } = aStage()
    const both = [welcomeContact(aContact(), ports), welcomeContact(aContact(), ports)]
    const outcomes = await stage.time.run(Promise.allSettled(both))
    expect(stage.sent).toHaveLength(1)
    const later = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(later.map(({ reason }) => reason as unknown)).toEqual([expect.any(RetryLater)])
  })

  // Its calls in order: read, make, read, take the lease, send, mark.
  it.each([1, 2, 3, 4, 5, 6])('though its function dies at call %i', async (call) => {
    for (const side of ['before', 'after'] as const) {
      const killer = new Killer(call, side)
      const { stage, ports, welcome } = aStage(killer)
      expect(await stage.time.run(killer.run(() => welcomeContact(aContact(), ports)))).toBe('died')
      // While the lease of the dead lasts, its message comes again and waits.
      let waits = 0
      for (; !stage.records.items.get(aContact().contactId)?.mailedAt; waits++) {
        const [outcome] = await Promise.allSettled([welcome()])
        if (outcome.status === 'rejected') await stage.time.run(stage.time.sleep(5_000))
      }
      expect(waits).toBeLessThanOrEqual(letterLeaseMs / 5_000 + 2)
      // Twice only when it died between SES's word and our note: after the letter was sent, before it was noted.
      const betweenThem = (call === 5 && side === 'after') || (call === 6 && side === 'before')
      expect(stage.sent).toHaveLength(betweenThem ? 2 : 1)
    }
  })

  it('comes later when SES does not take it, and is set aside when it never will', async () => {
    const { stage, welcome } = aStage()
    stage.fail = new Error('SES throttles')
    await expect(welcome()).rejects.toThrow(RetryLater)
    stage.fail = new LetterRefusedError('SES refused the letter: no such domain')
    await expect(welcome()).rejects.toThrow(PoisonError)
    stage.fail = undefined
    await welcome()
    expect(stage.sent).toHaveLength(1)
  })

  it.each([
    ['Ann O’Neil-Smith', 'Dear Ann O’Neil-Smith,'],
    ['Dr. Müller', 'Dear Dr. Müller,'],
    ['王小明', 'Dear 王小明,'],
    ['Win 1000 EUR at https://example.com', 'Hello,'],
    ['visit example.com', 'Hello,'],
    ['<b>Ann</b>', 'Hello,'],
  ])('greets %s by %s and carries none of the words that were written', (name, greeting) => {
    const { text, html } = welcomeLetter(aContact(1, { name, message: 'buy this', about: 'buy that' }))
    expect(text.split('\n')[0]).toBe(greeting)
    expect(text + html).not.toContain('buy')
  })
})
