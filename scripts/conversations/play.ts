/** Conversations as a help desk has them: most are assigned at once, and the others make its life hard. */
import type { HelpDesk } from './help-desk.ts'
import { questions } from './questions.ts'
import { deskAgents } from './seed.ts'

/** How a conversation goes, by its number: one in ten of each but the first. */
const courses = [
  'usual',
  'usual',
  'usual',
  'usual',
  'usual',
  'usual',
  'late',
  'moved',
  'again',
  'closed',
] as const

export interface Played {
  readonly conversationId: string
  readonly course: (typeof courses)[number]
  /** Whose it is in the end; undefined when it was closed. */
  readonly agentId: string | undefined
}

const firstNames =
  'Maya Noor Otto Pia Quinn Rosa Sami Tara Uma Vic Wanda Yann Zoe Amir Bea Carl Dina Emil Fay Gus'.split(' ')

/** A customer's name, another for each of the first 520 numbers. */
function customerName(number: number): string {
  const initial = String.fromCodePoint(65 + (Math.floor(number / firstNames.length) % 26))
  return `${firstNames[number % firstNames.length] ?? ''} ${initial}.`
}

/** Plays the conversation of this number: `send` posts a notification and resolves when it was taken. */
export async function playConversation(
  desk: HelpDesk,
  number: number,
  send: (body: string) => Promise<void>,
): Promise<Played> {
  const course = courses[number % courses.length] ?? 'usual'
  // Its tens choose the agent, so that each agent has some of every course.
  const [agent, other] = [0, 1].map(
    (more) => deskAgents[(number + Math.floor(number / 10) + more) % deskAgents.length],
  )
  if (!agent || !other) throw new Error('there is no agent')
  const opened = desk.open({
    customer: customerName(number),
    text: questions[number % questions.length] ?? '',
    ...(course !== 'late' && { adminId: agent.intercomAdminId }),
  })
  const { conversationId } = opened
  await send(opened.body)
  switch (course) {
    case 'usual':
      return { conversationId, course, agentId: agent.agentId }
    case 'late':
      await send(opened.assign(agent.intercomAdminId))
      return { conversationId, course, agentId: agent.agentId }
    case 'moved':
      await send(opened.assign(other.intercomAdminId))
      return { conversationId, course, agentId: other.agentId }
    case 'again':
      await send(opened.reply(questions[(number + 3) % questions.length] ?? ''))
      return { conversationId, course, agentId: agent.agentId }
    case 'closed':
      await send(opened.close())
      return { conversationId, course, agentId: undefined }
  }
}
