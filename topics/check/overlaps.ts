/**
 * Two patterns that one topic name belongs to: whoever reads it would take the first contract's word.
 *
 * @module
 */
import { type PatternSegment, parsePattern } from '../contract/pattern.ts'
import type { Finding } from './finding.ts'
import type { LocatedContract } from './located-contract.ts'

interface Parsed {
  readonly located: LocatedContract
  readonly levels: readonly PatternSegment[]
}

/** A finding for the later of each two that overlap. */
export function overlapFindings(contracts: readonly LocatedContract[]): readonly Finding[] {
  const findings: Finding[] = []
  const families = new Map<string, Parsed[]>()
  for (const located of contracts) {
    const levels = parsePattern(located.contract.topic)
    const [first] = levels
    // Only patterns with as many levels share a topic, and with the same first word, unless it is a parameter.
    const key = `${levels.length} ${first?.literal ?? '{}'}`
    const family = families.get(key) ?? []
    const others =
      first?.literal === undefined
        ? [...families.values()].flat().filter((one) => one.levels.length === levels.length)
        : [...family, ...(families.get(`${levels.length} {}`) ?? [])]
    for (const other of others) {
      const name = sharedTopic(other.levels, levels)
      if (name === undefined) continue
      findings.push({
        level: 'error',
        code: 'OVERLAPPING_CONTRACTS',
        file: located.file,
        line: located.lineOf('topic'),
        topic: located.contract.topic,
        problem: `${name} is a topic of ${other.located.contract.topic} too (${other.located.file}:${other.located.line})`,
        remedy: 'give one of them another word',
      })
    }
    family.push({ located, levels })
    families.set(key, family)
  }
  return findings
}

/** A topic name of both, or undefined. */
export function sharedTopic(a: readonly PatternSegment[], b: readonly PatternSegment[]): string | undefined {
  for (let index = 0; index < a.length; index++) {
    const first = a[index]?.literal
    const second = b[index]?.literal
    if (first !== undefined && second !== undefined && first !== second) return undefined
    // A parameter has 64 characters at most, and a longer word is none of its values.
    if (first === undefined && (second?.length ?? 0) > 64) return undefined
    if (second === undefined && (first?.length ?? 0) > 64) return undefined
  }
  return a.map(({ literal }, index) => literal ?? b[index]?.literal ?? 'x').join('/')
}
