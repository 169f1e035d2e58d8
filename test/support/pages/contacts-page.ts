/** The staff's lists on the service in memory, as somebody who works on their looks has them. */
import { createMemoryService } from '../../../client/testing/index.ts'
import { staffContacts } from '../../../topics/staff-contacts.ts'
import { staffEscalations } from '../../../topics/staff-escalations.ts'
import { startContacts } from '../../../web/desk/contacts.ts'

const service = createMemoryService()
const as = new URLSearchParams(location.search).get('as') ?? 'lee'
const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()
let made = 0
const contact = (name: string, about: string | undefined, message: string, minutes: number) => ({
  contactId: `k${++made}`,
  name,
  email: 'someone@example.org',
  ...(about !== undefined && { about }),
  message,
  at: ago(minutes),
})
Object.assign(globalThis, {
  service,
  write: (name: string, message: string) =>
    service.append(staffContacts, {}, contact(name, undefined, message, 0)),
  /** The network is cut while the log goes on, and forgets. */
  miss() {
    service.cut()
    for (let index = 0; index < 10; index++)
      service.append(staffContacts, {}, contact(`Missed ${index}`, undefined, 'Missed.', 0))
    service.expire(staffContacts, {}, 470)
    service.restore()
  },
  many: (count: number) =>
    service.append(
      staffContacts,
      {},
      ...Array.from({ length: count }, (_, index) => contact(`Writer ${index}`, 'Many', 'One of many.', 0)),
    ),
})
for (let index = 0; index < 60; index++)
  service.append(staffContacts, {}, contact(`Earlier ${index}`, undefined, 'From earlier.', 5000))
service.append(staffContacts, {}, contact('Mo', undefined, 'Thank you for last night!', 300))
service.append(
  staffContacts,
  {},
  contact(
    'The night shift at St Mary’s Hospital',
    'A receipt for all of us',
    'We gave together, twelve of us.\nCan each of us have a receipt of their own? Our names are in the attachment that I cannot attach here, so please tell me where to send them.',
    42,
  ),
)
service.append(
  staffContacts,
  {},
  contact('<b>Jo</b> Miller', 'Receipt', 'There is still no receipt in my e-mail.', 3),
)
for (const [customer, question, reason, agentId] of [
  ['Sam & Alex', 'Was our gift counted?', 'not-handled', 'ada'],
  [undefined, 'Can I give by post?', 'unassigned', undefined],
  ['Robin', 'I gave twice by mistake. Can I have one back?', 'unknown-agent', 'zoe'],
] as const) {
  service.append(
    staffEscalations,
    {},
    {
      conversationId: `215470${made++}`,
      ...(customer !== undefined && { customer }),
      ...(agentId !== undefined && { agentId }),
      question,
      reason,
      at: ago(8),
    },
  )
}
const roles = as === 'ben' ? ['agent'] : ['agent', 'staff']
void startContacts({
  people: {
    currentPerson: async () =>
      as === 'nobody' ? undefined : { name: as === 'ben' ? 'Ben' : 'Lee', agentId: as, roles },
    signIn: async () => location.assign('?as=lee'),
    signOut: async () => location.assign('?as=nobody'),
    onEnd: () => {},
    session: async () => {
      throw new Error('the memory service has its own')
    },
  },
  connect: () => service.connect(),
})
