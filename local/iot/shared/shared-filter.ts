/**
 * What a shared subscription's filter looks like: `$share/{ShareName}/{filter}`. Pure. docs/aws-iot-core.md §2.5.
 *
 * @module
 */
import type { Problem } from '../problem.ts'
import { topicFilterProblem } from '../topics/topic-name.ts'

/** Characters in the name of a group. docs/aws-iot-core.md §2.5. */
const shareNameCharactersMax = 128

const prefix = '$share/'

/** What is wrong with a topic filter, shared or not, or undefined. A group's prefix counts neither as bytes nor as slashes. */
export function filterProblem(filter: string): Problem | undefined {
  if (!filter.startsWith('$share')) return topicFilterProblem(filter)
  const at = filter.indexOf('/', prefix.length)
  if (!filter.startsWith(prefix) || at < 0)
    return { message: 'a shared subscription is $share/{ShareName}/{filter}' }
  const name = filter.slice(prefix.length, at)
  if (name === '') return { message: 'its ShareName is empty' }
  if (name.length > shareNameCharactersMax)
    return { message: `its ShareName has ${name.length} characters; AWS takes ${shareNameCharactersMax}` }
  if (/[+#]/.test(name)) return { message: 'its ShareName holds a wildcard' }
  return topicFilterProblem(filter.slice(at + 1))
}

/** The filter that the group of a valid shared subscription hears. */
export function heardBy(sharedFilter: string): string {
  return sharedFilter.slice(sharedFilter.indexOf('/', prefix.length) + 1)
}
