import * as v from 'valibot'
import { claim, nobody, signal } from './contract/index.ts'
import { savedReplyFoundSchema } from './schemas/saved-reply.ts'
import { line } from './schemas/text.ts'

export const agentSearchSchema = v.object({ query: v.pipe(line(200), v.minLength(1)) })

export const agentSearchReplySchema = v.object({
  replies: v.pipe(v.array(savedReplyFoundSchema), v.maxLength(5)),
})

/** An agent looks for a saved reply; functions/suggestions answers. */
export const agentSearch = signal({
  topic: 'agents/{agentId}/search',
  payload: agentSearchSchema,
  reply: agentSearchReplySchema,
  publish: claim('agentId'),
  subscribe: nobody,
  load: { audience: 1, rate: 0.01, topics: 20, hoursPerMonth: 176 },
  budgetPerMonth: 10,
})
