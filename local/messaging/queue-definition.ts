import { messagingLimits } from './limits.ts'

/** A queue as a template declares it. Defaults are AWS's. */
export interface QueueDefinition {
  /** 1 to 80 letters, digits, hyphens and underscores. FIFO queues are not offered here. */
  readonly name: string
  /** Seconds that a received message is hidden. Default: 30. */
  readonly visibilityTimeoutSeconds?: number
  /** Seconds after which a message is dropped. Default: 345,600 (four days). */
  readonly messageRetentionSeconds?: number
  /** Seconds before a new message can be received. Default: 0. */
  readonly delaySeconds?: number
  /** Seconds that a receive waits for a message when it does not say. Default: 0. */
  readonly receiveWaitSeconds?: number
  /** Where a message goes that was received `maxReceiveCount` times and not deleted. Default: nowhere. */
  readonly redrive?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number }
}

export const queueDefaults = {
  visibilityTimeoutSeconds: 30,
  messageRetentionSeconds: 345_600,
  delaySeconds: 0,
  receiveWaitSeconds: 0,
} satisfies Omit<QueueDefinition, 'name'>

export type QueueSettings = QueueDefinition & typeof queueDefaults

/** A definition with its defaults. @throws Error naming the field and the value when AWS would refuse it */
export function queueSettings(definition: QueueDefinition): QueueSettings {
  const settings = { ...queueDefaults, ...definition }
  const { name } = settings
  if (name.endsWith('.fifo')) {
    throw new Error(`queue ${name}: FIFO queues are not part of the local AWS; use a standard queue`)
  }
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
    throw new Error(
      `queue name ${JSON.stringify(name)}: expected 1 to 80 letters, digits, hyphens and underscores`,
    )
  }
  const between = (field: string, value: number, least: number, most: number): void => {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new Error(`queue ${name}: ${field} is ${value}; expected a whole number from ${least} to ${most}`)
    }
  }
  between(
    'visibilityTimeoutSeconds',
    settings.visibilityTimeoutSeconds,
    0,
    messagingLimits.visibilityTimeoutSeconds,
  )
  between('messageRetentionSeconds', settings.messageRetentionSeconds, 60, 1_209_600)
  between('delaySeconds', settings.delaySeconds, 0, messagingLimits.delaySeconds)
  between('receiveWaitSeconds', settings.receiveWaitSeconds, 0, messagingLimits.receiveWaitSeconds)
  if (settings.redrive) between('redrive.maxReceiveCount', settings.redrive.maxReceiveCount, 1, 1_000)
  return settings
}
