/**
 * What a topic name and a topic filter may look like on AWS. Pure.
 *
 * @module
 */
import { topicBytesMax, topicSlashesMax } from '../limits.ts'
import type { Problem } from '../problem.ts'
import { readShadowTopic } from '../shadows/shadow-topics.ts'
import { basicIngest } from './basic-ingest.ts'

/** What is wrong with a topic name, or undefined. docs/aws-iot-core.md §2.3. */
export function topicNameProblem(topic: string): Problem | undefined {
  if (topic.length === 0) return { message: 'it is empty' }
  if (/[+#]/.test(topic)) return { message: 'it holds a wildcard' }
  return lengthProblem(basicIngest(topic)?.topic ?? topic)
}

/** What is wrong with a topic that is published to, or undefined. Nothing is retained on AWS's own topics. docs/aws-iot-core.md §2.4, §9. */
export function publishedTopicProblem(topic: string, retain: boolean): Problem | undefined {
  const problem = topicNameProblem(topic)
  if (problem || !isReserved(topic)) return problem
  if (!retain && (basicIngest(topic) ?? readShadowTopic(topic))) return undefined
  return {
    message:
      'of the $ topics, $aws/rules/ and the requests of shadows are published to, and nothing there is retained',
  }
}

/**
 * What is wrong with a topic filter, or undefined. `#` is the last level and alone in it, `+` alone in its level; of
 * the `$` topics lifecycle events and shadows can be heard here. docs/aws-iot-core.md §2.3.
 */
export function topicFilterProblem(filter: string): Problem | undefined {
  if (filter.length === 0) return { message: 'it is empty' }
  const levels = filter.split('/')
  for (const [index, level] of levels.entries()) {
    if (level.includes('#') && (level !== '#' || index !== levels.length - 1))
      return { message: '# must be the last level, and alone in it' }
    if (level.includes('+') && level !== '+') return { message: '+ must be alone in its level' }
  }
  if (isReserved(filter) && !/^\$aws\/(?:events\/|things\/[^/]+\/shadow\/)/.test(filter))
    return {
      message:
        'of the topics that begin with $, only $aws/events/ and $aws/things/<thing>/shadow/ can be heard',
    }
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

function lengthProblem(topic: string): Problem | undefined {
  // oxlint-disable-next-line no-control-regex -- U+0000 is exactly what MQTT 5.0 [MQTT-1.5.4-2] forbids
  if (/\u0000/.test(topic)) return { message: 'it holds U+0000' }
  const bytes = Buffer.byteLength(topic)
  if (bytes > topicBytesMax)
    return { message: `it has ${bytes} bytes; AWS takes ${topicBytesMax}`, quota: 'topicBytes' }
  const slashes = topic.split('/').length - 1
  if (slashes > topicSlashesMax)
    return { message: `it has ${slashes} slashes; AWS takes ${topicSlashesMax}`, quota: 'topicSlashes' }
  return undefined
}
