/**
 * IAM's wildcards: `*` is any run of characters, `/` included, `?` exactly one. docs/aws-iot-core.md §6. Linear in the text for
 * each `*`: no pattern makes it slow, as a regular expression's can.
 *
 * @module
 */

const anyRun = -1
const anyOne = -2

/** A pattern ready to match: UTF-16 code units, and the two wildcards. */
export type WildcardPattern = readonly number[]

/** What a variable such as `iot:ClientId` stands for, or undefined when it is unknown. */
export type Variables = Readonly<Record<string, string | undefined>>

/**
 * Compiles a pattern; a variable's value is literal, so a client ID with `*` in it is no wildcard. Answers undefined
 * when a variable is unknown: the caller lets an Allow match nothing then, and a Deny everything.
 */
export function compileWildcard(pattern: string, variables: Variables = {}): WildcardPattern | undefined {
  const compiled: number[] = []
  for (const [part, name] of parts(pattern)) {
    if (name === undefined) {
      for (let index = 0; index < part.length; index += 1) {
        const unit = part.charCodeAt(index)
        compiled.push(unit === 0x2a ? anyRun : unit === 0x3f ? anyOne : unit)
      }
      continue
    }
    // IAM's escapes: ${*}, ${?} and ${$} are the characters themselves.
    const value = name === '*' || name === '?' || name === '$' ? name : variables[name]
    if (value === undefined) return undefined
    for (let index = 0; index < value.length; index += 1) compiled.push(value.charCodeAt(index))
  }
  return compiled
}

function* parts(pattern: string): Generator<[text: string, variable?: string]> {
  let from = 0
  for (const found of pattern.matchAll(/\$\{([^}]*)\}/g)) {
    yield [pattern.slice(from, found.index)]
    yield ['', found[1] ?? '']
    from = found.index + found[0].length
  }
  yield [pattern.slice(from)]
}

/** Whether the whole text matches. */
export function matchesWildcard(pattern: WildcardPattern, text: string): boolean {
  let at = 0
  let patternAt = 0
  let lastRun = -1
  let runFrom = 0
  while (at < text.length) {
    const wanted = pattern[patternAt]
    if (wanted === anyRun) {
      lastRun = patternAt
      runFrom = at
      patternAt += 1
    } else if (wanted === anyOne || wanted === text.charCodeAt(at)) {
      at += 1
      patternAt += 1
    } else if (lastRun >= 0) {
      runFrom += 1
      at = runFrom
      patternAt = lastRun + 1
    } else {
      return false
    }
  }
  while (pattern[patternAt] === anyRun) patternAt += 1
  return patternAt === pattern.length
}
