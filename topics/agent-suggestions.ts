import * as v from 'valibot'
import { claim, inbox } from './contract/index.ts'
import { savedReplyFoundSchema } from './schemas/saved-reply.ts'
import { line, lines } from './schemas/text.ts'

export const suggestionSchema = v.object({
  suggestionId: v.pipe(v.string(), v.maxLength(64)),
  conversationId: v.pipe(v.string(), v.maxLength(64)),
  /** What the help desk calls who asks; absent when it has no name. Text, never markup. */
  customer: v.optional(line(100)),
  /** The newest messages of the conversation, oldest first. */
  conversation: v.pipe(
    v.array(
      v.object({
        from: v.picklist(['customer', 'agent']),
        text: lines(300),
        /** RFC 3339. */
        at: v.pipe(v.string(), v.maxLength(40)),
      }),
    ),
    v.maxLength(3),
  ),
  /** Best first. */
  replies: v.pipe(v.array(savedReplyFoundSchema), v.minLength(1), v.maxLength(3)),
  /** When it goes to the escalations unless the agent handles it before, RFC 3339. */
  deadline: v.pipe(v.string(), v.maxLength(40)),
})

export type Suggestion = v.InferOutput<typeof suggestionSchema>

/** What an agent might answer in the conversations assigned to them. Written by functions/suggestions. */
export const agentSuggestions = inbox({
  topic: 'agents/{agentId}/suggestions',
  item: suggestionSchema,
  subscribe: claim('agentId'),
  // Three replies of 600 characters and three messages of 300: three units in the widest script, one in plain Latin text.
  maxBytes: 15_360,
  keepSeconds: 7 * 86_400,
  // A desk of twenty, each with a suggestion every half a minute through eight hours of 22 days.
  load: { audience: 2, rate: 0.03, topics: 20, hoursPerMonth: 176 },
  budgetPerMonth: 10,
})
