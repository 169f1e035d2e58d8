/**
 * The map in words, and as a diagram in Mermaid (https://mermaid.js.org).
 *
 * @module
 */
import type { BusMap, MappedQueue } from './bus-map.ts'

/** For people: each type with who makes it and where it goes, then every function with what makes it run. */
export function mapText({ types, functions, queues, findings }: BusMap): string {
  const byId = new Map(queues.map((queue) => [queue.id, queue]))
  const lines = ['Events']
  for (const { type, kind, makers, queues: into } of types) {
    lines.push(`  ${type}${kind === 'event' ? '' : ` (${kind})`}`)
    lines.push(`    from  ${list(makers)}`)
    for (const id of into) lines.push(`    to    ${queueText(byId.get(id))}`)
  }
  lines.push('', 'Functions')
  for (const { key, triggers, queues: from, sendsTo } of functions) {
    const runs = [...triggers, ...from.map((id) => `${id}${fedBy(byId.get(id))}`)]
    lines.push(
      `  ${key}`,
      `    runs on   ${runs.length > 0 ? runs.join(', ') : 'a call of IoT Core or CloudFormation'}`,
    )
    if (sendsTo.length > 0) lines.push(`    sends to  ${sendsTo.join(', ')}`)
  }
  lines.push('', 'Findings', ...(findings.length > 0 ? findings.map((each) => `  ${each}`) : ['  none']))
  return `${lines.join('\n')}\n`
}

const list = (names: readonly string[]): string => (names.length > 0 ? names.join(', ') : 'nobody')

function queueText(queue: MappedQueue | undefined): string {
  if (!queue) return 'nowhere'
  const failed = queue.deadLetters === undefined ? '' : ` (fails: ${queue.deadLetters})`
  return `${queue.id}${failed}, ${list(queue.consumers)}`
}

function fedBy(queue: MappedQueue | undefined): string {
  const sources = [
    ...(queue?.subscriptions.map(({ topic, types }) => `${topic}${types ? ` of ${types.join(', ')}` : ''}`) ??
      []),
    ...(queue?.rules.map((filter) => `rule on ${filter}`) ?? []),
  ]
  return sources.length > 0 ? ` (from ${sources.join('; ')})` : ''
}

/** The same as a flowchart. */
export function mapMermaid({ types, functions, queues }: BusMap): string {
  const lines = ['flowchart LR']
  const edges = new Set<string>()
  for (const { key, triggers } of functions) {
    lines.push(`  f_${key}["${key}"]`)
    for (const trigger of triggers) {
      const id = `t_${trigger.replaceAll(/\W+/g, '_')}`
      lines.push(`  ${id}(["${label(trigger)}"])`)
      edges.add(`${id} --> f_${key}`)
    }
  }
  for (const { id, consumers, deadLetters, rules, subscriptions } of queues) {
    lines.push(`  q_${id}[/"${id}"/]`)
    for (const key of consumers) edges.add(`q_${id} --> f_${key}`)
    if (deadLetters !== undefined) edges.add(`q_${id} -. fails .-> q_${deadLetters}`)
    for (const filter of rules) {
      const rule = `t_rule_on_${filter.replaceAll(/\W+/g, '_')}`
      lines.push(`  ${rule}(["rule on ${label(filter)}"])`)
      edges.add(`${rule} --> q_${id}`)
    }
    for (const { topic, types: filtered } of subscriptions) {
      if (filtered) continue
      lines.push(`  s_${topic}{{"${topic}"}}`)
      edges.add(`s_${topic} --> q_${id}`)
      for (const { key, sendsTo } of functions)
        if (sendsTo.includes(topic)) edges.add(`f_${key} --> s_${topic}`)
    }
  }
  for (const { type, makers, queues: into } of types) {
    const id = `e_${type.replaceAll(/\W+/g, '_')}`
    lines.push(`  ${id}{{"${label(type)}"}}`)
    for (const key of makers) edges.add(`f_${key} --> ${id}`)
    for (const queue of into) edges.add(`${id} --> q_${queue}`)
  }
  const queueIds = new Set(queues.map(({ id }) => id))
  for (const { key, sendsTo } of functions) {
    for (const id of sendsTo) if (queueIds.has(id)) edges.add(`f_${key} -.-> q_${id}`)
  }
  return `${[...new Set(lines), ...[...edges].map((edge) => `  ${edge}`)].join('\n')}\n`
}

/** Mermaid's own characters, as its entities. */
const label = (text: string): string =>
  text.replaceAll(/["#{}<>]/g, (character) => `#${character.charCodeAt(0)};`)
