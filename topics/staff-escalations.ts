import * as v from 'valibot'
import { feed, role } from './contract/index.ts'
import { line, lines } from './schemas/text.ts'

export const escalationSchema = v.object({
  /** Absent when nothing was suggested. */
  suggestionId: v.optional(v.pipe(v.string(), v.maxLength(64))),
  conversationId: v.pipe(v.string(), v.maxLength(64)),
  customer: v.optional(line(100)),
  /** The customer's newest message. */
  question: lines(500),
  /** Who had it; absent when the help desk's assignee is no agent of ours. */
  agentId: v.optional(v.pipe(v.string(), v.maxLength(64))),
  reason: v.picklist(['not-handled', 'unknown-agent', 'unassigned']),
  /** RFC 3339. */
  at: v.pipe(v.string(), v.maxLength(40)),
})

export type Escalation = v.InferOutput<typeof escalationSchema>

/** Conversations that no agent handled by their deadline, for whoever leads the desk. Written by functions/suggestions. */
export const staffEscalations = feed({
  topic: 'staff/escalations',
  entry: escalationSchema,
  subscribe: role('staff'),
  overflow: 'recover',
  load: { audience: 5, rate: 0.02, hoursPerMonth: 176 },
  budgetPerMonth: 10,
})
