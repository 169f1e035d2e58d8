import { expect, test } from 'vitest'
import { topicFilterProblem, topicNameProblem } from './topic-name.ts'

// docs/aws-iot-core.md §2.3
test.each([
  ['', 'empty'],
  ['a/+', 'wildcard'],
  ['a/#', 'wildcard'],
  ['a'.repeat(257), '257 bytes'],
  ['é'.repeat(129), '258 bytes'],
  ['a/b/c/d/e/f/g/h/i', '8 slashes'],
  ['a\u0000b', 'U+0000'],
])('refuses the topic %j', (topic, problem) => {
  expect(topicNameProblem(topic)?.message).toContain(problem)
})

test.each(['a', 'a/b/c/d/e/f/g/h', 'a'.repeat(256), '/', 'a/'])('takes the topic %j', (topic) => {
  expect(topicNameProblem(topic)).toBeUndefined()
})

test.each([
  ['', 'empty'],
  ['a/#/b', '#'],
  ['a/b#', '#'],
  ['a/b+', '+'],
  ['+a/b', '+'],
  ['$SYS/#', '$aws/events/'],
  ['$aws/things/a/shadow', '$aws/events/'],
  ['+/+/+/+/+/+/+/+/+', '8 slashes'],
])('refuses the filter %j', (filter, problem) => {
  expect(topicFilterProblem(filter)?.message).toContain(problem)
})

test.each(['#', '+', 'a/#', '+/+/#', '$aws/events/presence/#', 'a//b'])('takes the filter %j', (filter) => {
  expect(topicFilterProblem(filter)).toBeUndefined()
})
