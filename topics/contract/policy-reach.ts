/**
 * Whether a policy's resource matches some topic of a contract: the intersection of two languages, searched state by
 * state. The resource's `*` stands for any characters, `/` included; a contract's parameter for one level of letters,
 * digits, `-` and `_`. The longest parameter is not counted, so the answer errs on the side of reaching.
 *
 * @module
 */
import { type PatternSegment, parsePattern } from './pattern.ts'

const parameterCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Where the search stands. */
interface State {
  /** Index in the resource. */
  readonly resource: number
  /** Level of the contract's pattern. */
  readonly level: number
  /** Characters read of this level; for a parameter without exception 0 or 1 (some). */
  readonly read: number
  /** Whether this level still equals the literal, or the exception of its parameter. */
  readonly equal: boolean
}

/**
 * Whether `resource` matches a topic of `pattern` whose parameters differ from `except`: with
 * `{ agentId: 'ann' }` the topics of every agent but ann.
 */
export function reaches(
  resource: string,
  pattern: string,
  except: Readonly<Record<string, string | undefined>> = {},
): boolean {
  if (!mightReach(endsOf(resource), pattern)) return false
  const levels = parsePattern(pattern)
  const excepted = (segment: PatternSegment) =>
    segment.parameter !== undefined && Object.hasOwn(except, segment.parameter)
      ? except[segment.parameter]
      : undefined
  const alphabet = characters(resource, levels, Object.values(except))
  const start: State = { resource: 0, level: 0, read: 0, equal: true }
  const seen = new Set<string>()
  const open = [start]
  for (let state = open.pop(); state; state = open.pop()) {
    const key = `${state.resource} ${state.level} ${state.read} ${state.equal}`
    if (seen.has(key)) continue
    seen.add(key)
    const sign = resource[state.resource]
    if (sign === '*') open.push({ ...state, resource: state.resource + 1 })
    if (sign === undefined) {
      if (state.level === levels.length - 1 && levelEnds(state)) return true
      continue
    }
    for (const character of sign === '*' ? alphabet : [sign]) {
      const next = step(state, character)
      if (next) open.push({ ...next, resource: sign === '*' ? state.resource : state.resource + 1 })
    }
  }
  return false

  /** The pattern's side of one character, or undefined when no topic of it has that character there. */
  function step(state: State, character: string): State | undefined {
    const segment = levels[state.level]
    if (!segment) return undefined
    if (character === '/') {
      return levelEnds(state) && state.level + 1 < levels.length
        ? { ...state, level: state.level + 1, read: 0, equal: true }
        : undefined
    }
    if (segment.literal !== undefined) {
      return segment.literal[state.read] === character ? { ...state, read: state.read + 1 } : undefined
    }
    if (!parameterCharacters.includes(character)) return undefined
    const value = excepted(segment)
    const equal = state.equal && value !== undefined && value[state.read] === character
    return { ...state, read: equal ? state.read + 1 : 1, equal }
  }

  function levelEnds({ level, read, equal }: State): boolean {
    const segment = levels[level]
    if (!segment) return false
    if (segment.literal !== undefined) return read === segment.literal.length
    const value = excepted(segment)
    return read > 0 && !(value !== undefined && equal && read === value.length)
  }
}

/** What a pattern or a resource begins and ends with, before and behind all its parameters and `*`. */
export interface Ends {
  readonly head: string
  readonly tail: string
  readonly free: boolean
}

// Outlives a call: the ends of the project's few patterns, asked for at each pair of contracts.
const endsOfPatterns = new Map<string, Ends>()

function endsOfPattern(pattern: string): Ends {
  let ends = endsOfPatterns.get(pattern)
  if (!ends) {
    ends = endsOf(pattern, '{', '}')
    if (endsOfPatterns.size >= patternsKeptMax) endsOfPatterns.clear()
    endsOfPatterns.set(pattern, ends)
  }
  return ends
}

const patternsKeptMax = 10_000

/** The ends of a policy's resource. */
export function endsOf(resource: string, open = '*', close = '*'): Ends {
  const first = resource.indexOf(open)
  if (first < 0) return { head: resource, tail: resource, free: false }
  return { head: resource.slice(0, first), tail: resource.slice(resource.lastIndexOf(close) + 1), free: true }
}

/** False when their beginnings or their ends differ, which is quickly seen: no topic of `pattern` matches the resource then. */
export function mightReach(resource: Ends, pattern: string): boolean {
  const { head, tail, free } = endsOfPattern(pattern)
  if (!free && !resource.free) return head === resource.head
  return (
    (head.startsWith(resource.head) || resource.head.startsWith(head)) &&
    (tail.endsWith(resource.tail) || resource.tail.endsWith(tail))
  )
}

/** Characters that matter: those written anywhere, and one parameter character that is not, to stand for all the others. */
function characters(
  resource: string,
  levels: readonly PatternSegment[],
  values: readonly (string | undefined)[],
): readonly string[] {
  const written = new Set(
    `${resource}${levels.map(({ literal }) => literal ?? '').join('')}${values.join('')}/`.replaceAll(
      '*',
      '',
    ),
  )
  const other = [...parameterCharacters].find((character) => !written.has(character))
  return other === undefined ? [...written] : [...written, other]
}
