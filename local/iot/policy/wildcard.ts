/**
 * IAM's wildcards: `*` is any run of characters, `/` included, `?` exactly one. docs/aws-iot-core.md §6. Linear in the text for
 * each `*`: no pattern makes it slow, as a regular expression's can.
 *
 * @module
 */

/** The wildcards in a compiled pattern. Neither character can stand in an IAM policy; U+0000 not in MQTT either. */
const anyRun = 0
const anyOne = 1
// oxlint-disable-next-line no-control-regex -- the two characters are what compiled patterns keep for themselves
const reserved = /[\u0000\u0001]/

/** Whether the text holds a character that stands in no IAM policy, and that compiled patterns keep for themselves. */
export function hasReserved(text: string): boolean {
  return reserved.test(text)
}

/** A pattern ready to match: a string in which U+0000 and U+0001 stand for the wildcards, as small as what it was made from. */
export type WildcardPattern = string

/** What a variable such as `iot:ClientId` stands for, by its name in lower case; absent when it is unknown. */
export type Variables = Readonly<Record<string, string | undefined>>

/**
 * Compiles a pattern; a variable's value is literal, so a client ID with `*` in it is no wildcard. Answers undefined
 * when a variable is unknown: the caller lets an Allow match nothing then, and a Deny everything.
 */
export function compileWildcard(pattern: string, variables: Variables = {}): WildcardPattern | undefined {
  if (reserved.test(pattern)) return undefined
  if (!pattern.includes('${')) return withWildcards(pattern)
  const compiled: string[] = []
  let from = 0
  for (const found of pattern.matchAll(/\$\{([^}]*)\}/g)) {
    const value = valueOf(found[1] ?? '', variables)
    if (value === undefined || reserved.test(value)) return undefined
    compiled.push(withWildcards(pattern.slice(from, found.index)), value)
    from = found.index + found[0].length
  }
  compiled.push(withWildcards(pattern.slice(from)))
  return compiled.join('')
}

/** Variables put in, wildcards left as the plain characters they are; undefined when a variable is unknown. */
export function substitute(text: string, variables: Variables): string | undefined {
  if (!text.includes('${')) return text
  let known = true
  const result = text.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = valueOf(name, variables)
    if (value === undefined) known = false
    return value ?? ''
  })
  return known ? result : undefined
}

/** Whether the whole text matches. */
export function matchesWildcard(pattern: WildcardPattern, text: string): boolean {
  let at = 0
  let patternAt = 0
  let lastRun = -1
  let runFrom = 0
  while (at < text.length) {
    const wanted = patternAt < pattern.length ? pattern.charCodeAt(patternAt) : -1
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
  while (patternAt < pattern.length && pattern.charCodeAt(patternAt) === anyRun) patternAt += 1
  return patternAt === pattern.length
}

function withWildcards(text: string): string {
  return text.replaceAll('*', '\u0000').replaceAll('?', '\u0001')
}

/** `${*}`, `${?}` and `${$}` are the characters themselves; `${name, 'other'}` has a value for a name that is unknown. */
function valueOf(inside: string, variables: Variables): string | undefined {
  if (inside === '*' || inside === '?' || inside === '$') return inside
  const [, name = '', otherwise] = /^\s*([^,]*?)\s*(?:,\s*'(.*)'\s*)?$/.exec(inside) ?? []
  return variables[name.toLowerCase()] ?? otherwise
}
