/**
 * The console at work: the agent's inbox as a queue, the chosen conversation, and what the agent does with it.
 *
 * @module
 */
import { bearerOf, type InboxItem, type SessionCallback } from '../../client/index.ts'
import { agentSearch } from '../../topics/agent-search.ts'
import { agentSuggestions, type Suggestion } from '../../topics/agent-suggestions.ts'
import type { SavedReplyFound } from '../../topics/schemas/saved-reply.ts'
import { drawer, element } from '../page/elements.ts'
import { drawStatus } from '../page/status-line.ts'
import { announcer, arrivalTeller } from './announce.ts'
import { answer, waitOrOnline } from './answering.ts'
import { copyText } from './copy-text.ts'
import { conversationView } from './conversation-view.ts'
import type { DeskClient } from './desk-client.ts'
import { keyboard } from './keyboard.ts'
import type { ReplyCommand } from './keys.ts'
import { lookup } from './lookup.ts'
import { type Outcome, type OutcomePorts, postOutcome } from './outcome.ts'
import { passGate } from './gate.ts'
import type { People, Person } from './person.ts'
import * as queues from './queue.ts'
import { question, queueView } from './queue-view.ts'

/** How long a conversation that was just chosen takes no answer, ms: a key meant for the one before is not taken for it. */
const guardMs = 350

export interface ConsoleOptions {
  readonly people: People
  /** A client with these sessions. */
  readonly connect: (session: SessionCallback) => DeskClient
  /** What stands before `/suggestions`, and what fetches it. */
  readonly http: Pick<OutcomePorts, 'api' | 'fetch'>
}

/** Lets who is signed in to their queue. */
export async function startConsole(options: ConsoleOptions): Promise<void> {
  const person = await passGate(options.people, ({ name, agentId }) =>
    agentId === undefined
      ? `You are signed in as ${name}, who is no support agent: no conversation is assigned to them.`
      : undefined,
  )
  if (person?.agentId === undefined) return
  run(options, person, person.agentId)
}

function run({ people, connect, http }: ConsoleOptions, person: Person, agentId: string): void {
  const client = connect(people.session)
  const announce = announcer(element('announcements'))
  const tellArrivals = arrivalTeller(announce)
  const ports: OutcomePorts = {
    ...http,
    bearer: async () => bearerOf(await people.session({ fresh: false })),
  }
  let queue = queues.emptyQueue
  let known: ReadonlySet<string> | undefined
  let chosenAt = 0
  let connected = false

  const rows = queueView((id) => update(queues.choose(queue, id)))
  const detail = conversationView({
    use: (reply) => use(reply),
    edit: (reply) => edit(reply),
    type: (text) => queue.draft && update({ ...queue, draft: { ...queue.draft, text } }),
    send: () => send(),
    leave: () => update(queues.draft(queue, undefined)),
  })
  const search = lookup({
    ask: async (query, signal) =>
      (await client.request(agentSearch, { agentId }, { query }, { signal })).replies,
    onUse: use,
    onEdit: edit,
  })

  const redraw = drawer(() => {
    const focused = rows.focused()
    rows.draw(queue, inbox.unread)
    detail.draw(queue)
    if (focused && !document.getElementById('editor')) rows.focus()
    const settled = inbox.unread !== undefined
    element('empty-title').textContent = settled ? 'Nothing is waiting' : 'Looking for what waits'
  })

  /** The title is for who is on another tab, where nothing is drawn. */
  function update(next: queues.Queue): void {
    if (next.chosen?.id !== queue.chosen?.id) chosenAt = performance.now()
    queue = next
    const { unread } = inbox
    document.title = `${unread ? `(${unread}) ` : ''}Console · Fanfare`
    redraw()
  }

  function use({ replyId, title, text }: SavedReplyFound): void {
    finish({ outcome: 'accepted', replyId }, `Used “${title}”`, text)
  }

  function edit({ replyId, title, text }: SavedReplyFound): void {
    if (queues.answerable(queue)) update(queues.draft(queue, { replyId, title, text }))
  }

  function send(): void {
    const { draft } = queue
    const text = draft?.text.trim()
    if (draft && text) finish({ outcome: 'edited', replyId: draft.replyId, text }, 'Used your reply', text)
    else if (draft) announce('There is nothing to use yet.')
  }

  const dismiss = (): void => finish({ outcome: 'dismissed' }, 'Dismissed the suggestion')

  /** `text` is what the agent answers: it goes to the clipboard, for the help desk. */
  function finish(outcome: Outcome, words: string, text?: string): void {
    const chosen = queues.answerable(queue)
    if (!chosen) return
    const { id, suggestion } = chosen
    const to = nameOf(suggestion)
    const copied = text === undefined ? undefined : copyText(text)
    update(queues.sending(queue, outcome))
    void tell(`${words} for ${to}`, copied, queue.chosen)
    void record(id, outcome, to)
  }

  async function tell(
    words: string,
    copied: Promise<boolean> | undefined,
    next: queues.Waiting | undefined,
  ): Promise<void> {
    const copy = (await copied) ? '; its text is copied' : ''
    announce(`${words}${copy}.${next ? ` Next: ${nameOf(next.suggestion)}.` : ''}`)
  }

  async function record(id: string, outcome: Outcome, to: string): Promise<void> {
    const answering = {
      post: () => postOutcome(ports, id, outcome),
      wait: waitOrOnline,
      random: Math.random,
      onRetry: () => announce(`The answer to ${to} is not recorded yet; it is tried again.`),
    }
    const result = await answer(answering)
    if (result.kind === 'recorded') return update(queues.sent(queue, id))
    announce(`The answer to ${to} was not taken: ${result.detail}.`)
    update(queues.sent(queue, id, `Your answer was not taken: ${result.detail}.`))
  }

  const inbox = client.inbox(agentSuggestions, { agentId }, { onChange: () => changed(inbox.items) })

  function changed(items: readonly InboxItem<Suggestion>[]): void {
    const before = queue
    update(queues.received(queue, items))
    const came = queue.waiting.filter(({ id }) => known && !known.has(id))
    tellArrivals(
      came.map(({ suggestion }) => ({
        customer: suggestion.customer,
        question: question(suggestion.conversation),
      })),
    )
    const now = new Set(queue.waiting.map(({ id }) => id))
    const left = queues.open(before).find(({ id }) => id === before.chosen?.id && !now.has(id))
    const again = left && queue.chosen?.suggestion.conversationId === left.suggestion.conversationId
    if (left && !again) announce(`${nameOf(left.suggestion)}: answered elsewhere, moved or closed.`)
    if (inbox.unread !== undefined) known = now
  }

  keyboard({
    rowFocused: () => rows.focused(),
    run(command) {
      switch (command.type) {
        case 'move':
          return update(queues.move(queue, command.by))
        case 'search':
          return search.focus()
        case 'send':
          return send()
        case 'leave':
          if (queue.draft) update(queues.draft(queue, undefined))
          else if (document.activeElement instanceof HTMLElement) {
            document.activeElement.blur()
            search.clear()
          }
          return
        case 'help':
          return element('help', HTMLDialogElement).showModal()
        case 'accept':
        case 'edit':
        case 'dismiss':
          if (queue.draft) return
          if (performance.now() - chosenAt < guardMs)
            return announce('This one was chosen just now: press again.')
          return onReply(command)
      }
    },
  })

  function onReply(command: ReplyCommand): void {
    const replies = queue.chosen?.suggestion.replies ?? []
    const marked = replies.find(({ replyId }) => replyId === detail.marked())
    const number = command.type === 'accept' ? command.reply : undefined
    const reply = number === undefined ? (marked ?? replies[0]) : replies[number]
    if (command.type === 'dismiss') dismiss()
    else if (reply && command.type === 'accept') use(reply)
    else if (reply) edit(reply)
  }

  element('dismiss').addEventListener('click', dismiss)
  client.on('status', (status) => {
    drawStatus(status)
    if (status.state === 'live') connected = true
    element('empty-text').textContent =
      status.state === 'offline' && connected
        ? 'There is no connection: what comes meanwhile appears when it is back.'
        : 'Leave this page open: what is assigned to you appears by itself.'
  })
  drawStatus(client.status)
  setInterval(() => {
    rows.tick(Date.now())
    detail.tick(Date.now())
  }, 1000)
  addEventListener('beforeunload', (event) => {
    // An answer that is not recorded yet would be lost.
    if (queue.sending.size > 0) event.preventDefault()
  })

  people.onEnd(() => {
    client.close()
    show(false)
  })
  show(true)
  element('to-contacts').hidden = !person.roles.includes('staff')
  redraw()
}

/** Who asks, in words. */
const nameOf = ({ customer }: Suggestion): string => customer ?? 'a customer'

function show(shown: boolean): void {
  for (const id of ['desk', 'status', 'keys-foot']) element(id).hidden = !shown
}
