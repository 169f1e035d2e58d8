/**
 * A help desk that notifies as Intercom does (functions/suggestions/fixtures has the shapes and their source):
 * conversations that are opened, answered, assigned and closed, each change a notification's body.
 *
 * @module
 */

/** A change of one conversation as `POST /webhooks/intercom` takes it. */
export interface HelpDesk {
  /** A customer writes for the first time. `adminId`: whom the desk's rules assign it to at once. */
  open(opening: { readonly customer: string; readonly text: string; readonly adminId?: string }): Opened
}

export interface Opened {
  readonly conversationId: string
  /** The body that tells of its opening. */
  readonly body: string
  /** The customer writes again. */
  reply(text: string): string
  /** An agent writes in the help desk itself. */
  agentReply(text: string): string
  /** `undefined`: nobody has it any more. */
  assign(adminId: string | undefined): string
  close(): string
}

export interface HelpDeskOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Makes the IDs of this run its own. Digits. */
  readonly run: string
}

type Part = { readonly part_type: string; readonly body: string | null; readonly author: object }

/** Escapes a text, as Intercom's bodies are HTML. */
const paragraph = (text: string): string =>
  `<p>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\n', '<br>')}</p>`

/** A help desk without conversations. */
export function helpDesk({ now, run }: HelpDeskOptions): HelpDesk {
  let conversations = 0
  let parts = 0
  let notifications = 0

  const notify = (topic: string, item: object): string => {
    const at = Math.floor(now() / 1000)
    return JSON.stringify({
      type: 'notification_event',
      app_id: 'local',
      data: { type: 'notification_event_data', item },
      links: {},
      id: `notif_${run}-${++notifications}`,
      topic,
      delivery_status: 'pending',
      delivery_attempts: 1,
      delivered_at: 0,
      first_sent_at: at,
      created_at: at,
      self: null,
    })
  }

  return {
    open({ customer, text, adminId: first }) {
      const conversationId = `${run}${String(++conversations).padStart(6, '0')}`
      const created = Math.floor(now() / 1000)
      const contact = { type: 'user', id: `contact-${conversationId}`, name: customer }
      let adminId = first
      let open = true

      const item = (part?: Part): object => {
        const at = Math.floor(now() / 1000)
        const told = part && {
          type: 'conversation_part',
          id: String(Number(run) * 1_000_000 + ++parts),
          created_at: at,
          updated_at: at,
          notified_at: at,
          attachments: [],
          ...part,
        }
        return {
          type: 'conversation',
          id: conversationId,
          created_at: created,
          updated_at: at,
          source: {
            type: 'conversation',
            id: `source-${conversationId}`,
            delivered_as: 'customer_initiated',
            subject: '',
            body: paragraph(text),
            author: contact,
          },
          contacts: { type: 'contact.list', contacts: [{ type: 'contact', id: contact.id }] },
          admin_assignee_id: adminId === undefined ? null : Number(adminId),
          team_assignee_id: null,
          open,
          state: open ? 'open' : 'closed',
          conversation_parts: {
            type: 'conversation_part.list',
            conversation_parts: told ? [told] : [],
            total_count: told ? 1 : 0,
          },
        }
      }
      const admin = (): object => ({ type: 'admin', id: adminId ?? '1' })

      return {
        conversationId,
        body: notify('conversation.user.created', item()),
        reply(words) {
          open = true
          const part = { part_type: 'comment', body: paragraph(words), author: contact }
          return notify('conversation.user.replied', item(part))
        },
        agentReply: (words) =>
          notify(
            'conversation.admin.replied',
            item({ part_type: 'comment', body: paragraph(words), author: admin() }),
          ),
        assign(next) {
          adminId = next
          return notify(
            'conversation.admin.assigned',
            item({ part_type: 'assignment', body: null, author: { type: 'bot', id: '2' } }),
          )
        },
        close() {
          open = false
          return notify(
            'conversation.admin.closed',
            item({ part_type: 'close', body: null, author: admin() }),
          )
        },
      }
    },
  }
}
