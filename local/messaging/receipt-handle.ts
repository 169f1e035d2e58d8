/** What a receipt handle stands for: which message, and which receive of it. */
export interface ReceiptHandle {
  readonly queue: string
  readonly id: number
  readonly receives: number
}

/** An opaque text, different at each receive. */
export function writeReceiptHandle({ queue, id, receives }: ReceiptHandle): string {
  return Buffer.from(`${queue}/${id}/${receives}`).toString('base64')
}

/** The handle's parts, or undefined when this text is no receipt handle of ours. */
export function readReceiptHandle(handle: string): ReceiptHandle | undefined {
  const parts = /^([A-Za-z0-9_-]+)\/(\d+)\/(\d+)$/.exec(Buffer.from(handle, 'base64').toString())
  return parts?.[1] ? { queue: parts[1], id: Number(parts[2]), receives: Number(parts[3]) } : undefined
}
