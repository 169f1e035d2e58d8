/**
 * What a topic name and a topic filter may look like on AWS. Pure.
 *
 * @module
 */
import { topicBytesMax, topicSlashesMax } from '../limits.ts'
import { basicIngest } from './basic-ingest.ts'

/** What is wrong with a topic that a message is published to, or undefined. docs/aws-iot-core.md §2.3. */
export function topicNameProblem(topic: string): string | undefined {
  if (topic.length === 0) return 'it is empty'
  if (/[+#]/.test(topic)) return 'it holds a wildcard'
  return lengthProblem(basicIngest(topic)?.topic ?? topic)
}

/**
 * What is wrong with a topic filter, or undefined. `#` is the last level and alone in it, `+` alone in its level; of
 * the `$` topics lifecycle events and shadows can be heard here. docs/aws-iot-core.md §2.3.
 */
export function topicFilterProblem(filter: string): string | undefined {
  if (filter.length === 0) return 'it is empty'
  const levels = filter.split('/')
  for (const [index, level] of levels.entries()) {
    if (level.includes('#') && (level !== '#' || index !== levels.length - 1))
      return '# must be the last level, and alone in it'
    if (level.includes('+') && level !== '+') return '+ must be alone in its level'
  }
  if (isReserved(filter) && !/^\$aws\/(?:events\/|things\/[^/]+\/shadow\/)/.test(filter))
    return 'of the topics that begin with $, only $aws/events/ and $aws/things/<thing>/shadow/ can be heard'
  return lengthProblem(filter)
}

/** Whether AWS keeps this topic for itself. docs/aws-iot-core.md §2.3. */
export function isReserved(topic: string): boolean {
  return topic.charCodeAt(0) === 0x24
}

/** Whether a filter is a shared subscription's, `$share/name/filter`. docs/aws-iot-core.md §2.5. */
export function isShared(filter: string): boolean {
  return filter.startsWith('$share/')
}

function lengthProblem(topic: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- U+0000 is exactly what MQTT 5.0 [MQTT-1.5.4-2] forbids
  if (/\u0000/.test(topic)) return 'it holds U+0000'
  const bytes = Buffer.byteLength(topic)
  if (bytes > topicBytesMax) return `it has ${bytes} bytes; AWS takes ${topicBytesMax}`
  const slashes = topic.split('/').length - 1
  if (slashes > topicSlashesMax) return `it has ${slashes} slashes; AWS takes ${topicSlashesMax}`
  return undefined
}
