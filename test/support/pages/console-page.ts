/** The console on the service in memory, as somebody who works on its looks has it. */
import { createMemoryService } from '../../../client/testing/index.ts'
import { agentSearch } from '../../../topics/agent-search.ts'
import { agentSuggestions, type Suggestion } from '../../../topics/agent-suggestions.ts'
import { startConsole } from '../../../web/desk/console.ts'

const service = createMemoryService()
const ada = { agentId: 'ada' }
const signedIn = new URLSearchParams(location.search).get('signed-in') ?? 'yes'
const outcomes: unknown[] = []
let status = 200
const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString()

const replies: Suggestion['replies'] = [
  {
    replyId: 'receipt',
    title: 'Where is my receipt?',
    text: 'Thank you for your gift! Receipts go out within five minutes. Please look in your spam folder too; if it is not there, tell me the address you gave and I will send it again.',
    why: { words: ['receipt', 'e-mail'], taken: 14, dismissed: 2 },
  },
  {
    replyId: 'address',
    title: 'Change my e-mail address',
    text: 'I can change the address for you. Which one should it be?',
    why: { words: ['e-mail'], taken: 3, dismissed: 1 },
  },
  {
    replyId: 'tax',
    title: 'Tax certificates',
    text: 'We send one certificate for the whole year in January. It lists every gift you made.',
    why: { words: ['receipt'], taken: 0, dismissed: 0 },
  },
]
let made = 0
function suggestion(customer: string, text: string, minutes: number): Suggestion {
  return {
    suggestionId: `s${++made}`,
    conversationId: `c${made}`,
    customer,
    conversation: [
      { from: 'customer', text: 'Hello!', at: inMinutes(-3) },
      { from: 'agent', text: 'Hello, how can I help?', at: inMinutes(-2) },
      { from: 'customer', text, at: inMinutes(-1) },
    ],
    replies,
    deadline: inMinutes(minutes),
  }
}
Object.assign(globalThis, {
  service,
  outcomes,
  push: (customer: string, text: string, minutes = 5) =>
    service.push(agentSuggestions, ada, suggestion(customer, text, minutes)),
  handle: (sequence: number) => service.retract(agentSuggestions, ada, sequence),
  fail: (code: number) => (status = code),
  waiting: () => service.unhandled(agentSuggestions, ada).map(({ value }) => value.suggestionId),
})
service.answer(agentSearch, ({ query }) => ({
  replies: replies.filter(({ text }) => text.toLowerCase().includes(query.toLowerCase())),
}))
for (const [customer, text, minutes] of [
  [
    'Jo Miller',
    'I gave 25 dollars an hour ago and there is still no receipt in my e-mail. Did it arrive?',
    0.6,
  ],
  ['Sam & Alex', 'Which e-mail address do you have of us?', 3.4],
  ['<b>Robin</b>', 'Can I have a receipt for the whole year?\nI need it for the tax office.', 9],
  ['The night shift at St Mary’s Hospital in the old town', 'We gave together. Who gets the receipt?', 14],
] as const) {
  service.push(agentSuggestions, ada, suggestion(customer, text, minutes))
}

const { session } = service.options
void startConsole({
  people: {
    currentPerson: async () =>
      signedIn === 'no'
        ? undefined
        : { name: 'Ada', agentId: signedIn === 'sam' ? undefined : 'ada', roles: ['agent', 'staff'] },
    signIn: async () => location.assign('?signed-in=yes'),
    signOut: async () => location.assign('?signed-in=no'),
    onEnd: () => {},
    session:
      session ??
      (async () => (await (await service.options.fetch?.('http://memory/session', {}))?.json()) as never),
  },
  connect: () => service.connect(),
  http: {
    api: '',
    fetch: async (url, { body }) => {
      await new Promise((resolve) => setTimeout(resolve, 150))
      const id = url.split('/')[2]
      outcomes.push([id, JSON.parse(body as string)])
      if (status === 0) throw new TypeError('the network of the test is cut')
      if (status !== 200) return Response.json({ detail: `status ${status} of the test` }, { status })
      const found = service.unhandled(agentSuggestions, ada).find(({ value }) => value.suggestionId === id)
      if (!found) return Response.json({ detail: 'it was answered before' }, { status: 409 })
      service.retract(agentSuggestions, ada, found.sequence)
      return Response.json({})
    },
  },
})
