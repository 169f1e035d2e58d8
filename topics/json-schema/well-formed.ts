/**
 * Whether something is a JSON Schema that the tools here can read: a library may have a fault, and a lock file may have
 * been edited.
 *
 * @module
 */

/** Levels of schemas in schemas; deeper ones are refused, since reading them would overflow the stack. */
export const schemaDepthMax = 100

const numbers = new Set([
  'maxLength',
  'minLength',
  'maximum',
  'minimum',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'maxItems',
  'minItems',
  'maxProperties',
  'minProperties',
  'multipleOf',
])
const texts = new Set(['$ref', 'format', 'pattern'])
const schemas = new Set(['additionalProperties', 'additionalItems', 'propertyNames', 'items'])
const lists = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems', 'items'])
const maps = new Set(['properties', '$defs', 'definitions'])

/** What is wrong with a schema, as `properties.name: maxLength is "5", and wants a number`; undefined when nothing is. */
export function schemaFault(value: unknown, path = '', depth = 0): string | undefined {
  const at = path === '' ? '' : `${path}: `
  if (typeof value === 'boolean') return undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `${at}${say(value)} is no schema`
  if (depth > schemaDepthMax) return `its schemas are nested deeper than ${schemaDepthMax} levels`
  for (const [keyword, given] of Object.entries(value)) {
    const fault = keywordFault(keyword, given)
    if (fault !== undefined) return `${at}${keyword} is ${say(given)}, and wants ${fault}`
    for (const [place, inner] of innerSchemas(keyword, given)) {
      const found = schemaFault(inner, path === '' ? place : `${path}.${place}`, depth + 1)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** What a keyword wants instead. */
function keywordFault(keyword: string, given: unknown): string | undefined {
  if (numbers.has(keyword)) return typeof given === 'number' ? undefined : 'a number'
  if (keyword === 'pattern' && typeof given === 'string')
    return isRegExp(given) ? undefined : 'a pattern of JavaScript'
  if (texts.has(keyword)) return typeof given === 'string' ? undefined : 'a string'
  if (keyword === 'type')
    return typeof given === 'string' || areStrings(given) ? undefined : 'a type or a list of them'
  if (keyword === 'required') return areStrings(given) ? undefined : 'a list of names'
  if (keyword === 'enum') return Array.isArray(given) ? undefined : 'a list of values'
  if (maps.has(keyword)) return isObject(given) ? undefined : 'schemas by name'
  if (schemas.has(keyword)) {
    if (isObject(given) || typeof given === 'boolean' || (lists.has(keyword) && Array.isArray(given)))
      return undefined
    return 'a schema'
  }
  if (lists.has(keyword)) return Array.isArray(given) ? undefined : 'a list of schemas'
  return undefined
}

function innerSchemas(
  keyword: string,
  given: unknown,
): readonly (readonly [place: string, schema: unknown])[] {
  if (maps.has(keyword))
    return Object.entries(given as object).map(([name, one]) => [`${keyword}.${name}`, one])
  if (lists.has(keyword) && Array.isArray(given))
    return given.map((one: unknown, index) => [`${keyword}.${index}`, one])
  return schemas.has(keyword) ? [[keyword, given]] : []
}

/** With Unicode's reading first, as JSON Schema recommends. */
export function compilePattern(pattern: string): RegExp | undefined {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags)
    } catch {
      // Then the other way; a pattern that reads in neither is told as undefined.
    }
  }
  return undefined
}

const isRegExp = (pattern: string): boolean => compilePattern(pattern) !== undefined

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const areStrings = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

function say(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
