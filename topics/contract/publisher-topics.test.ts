import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { anyone, claim, nobody, signedIn } from './access.ts'
import { feed, inbox, signal, state } from './define.ts'
import { isPublisherGroup, publisherGroups, publisherTopics } from './publisher-topics.ts'

const text = v.string()
const contracts = [
  state({ topic: 'a/{x}/total', payload: text, subscribe: anyone }),
  feed({ topic: 'a/{x}/log/{y}', entry: text, subscribe: anyone }),
  inbox({ topic: 'a/{x}/tasks', item: text, subscribe: claim('x') }),
  signal({ topic: 'a/{x}/typing', payload: text, subscribe: anyone, publish: signedIn }),
  signal({ topic: 'ask', payload: text, reply: text, subscribe: nobody, publish: signedIn }),
]

it('each group of topics is the contracts of its kind, and no others', () => {
  expect(publisherGroups.map((group) => publisherTopics(group, contracts))).toEqual([
    ['a/*/total', 'a/*/log/*', 'a/*/tasks'],
    ['a/*/tasks'],
    ['a/*/typing', 'ask'],
    ['replies/*'],
  ])
})

it('serverless.yml lets no function publish to a topic that is written there by hand', () => {
  const yaml = readFileSync(join(import.meta.dirname, '..', '..', 'serverless.yml'), 'utf8')
  const granted = [
    ...yaml.matchAll(/Action: *(?:\[[^\]]*\b)?iot:(?:Retain)?Publish\b[^\n]*\n *Resource: *(.+)/g),
  ]
  expect(granted.length).toBeGreaterThan(0)
  expect(granted.map(([, resource]) => resource).filter((resource) => !isPublisherGroup(resource))).toEqual(
    [],
  )
  // Whatever the order and the layout: nowhere else does a topic's ARN stand.
  expect(yaml).not.toMatch(/:topic\//)
})
