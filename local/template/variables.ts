/**
 * The variables of the Serverless Framework, as serverless.yml uses them: `${self:custom.x}`, `${env:X, 'default'}`,
 * `${opt:stage, 'dev'}`, `${param:x}`, `${sls:stage}`, `${aws:region}`, `${file(./x.yml):key}`.
 * https://github.com/oss-serverless/osls/blob/4.x/docs/guides/variables.md
 *
 * @module
 */
import type { Path } from './yaml-source.ts'

/** What a source of variables may answer with. */
export interface VariableSources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly opt: Readonly<Record<string, string | undefined>>
  readonly stage: string
  readonly region: string
  readonly accountId: string
  /** Plain data of a YAML or JSON file, its path relative to serverless.yml. Throws when it cannot be read. */
  readonly file: (path: string) => unknown
}

/** Why a variable has no value; the reader of the template adds the line. */
export class VariableError extends Error {
  readonly remedy: string

  constructor(problem: string, remedy: string) {
    super(problem)
    this.name = 'VariableError'
    this.remedy = remedy
  }
}

/** A name or CloudFormation's own `${AWS::Region}` belongs to `Fn::Sub`; a variable has a source and one colon. */
const variableStart = /^(self|env|opt|param|sls|aws|strToBool|file|[a-zA-Z]\w*)(\([^)]*\))?:(?!:)/

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** A copy of the data with every variable replaced. `onError` makes the error for a place. */
export function resolveVariables(
  root: unknown,
  sources: VariableSources,
  onError: (problem: VariableError, path: Path) => Error,
): unknown {
  const underway = new Set<string>()

  function text(value: string, path: Path): unknown {
    let result = ''
    for (let index = 0; index < value.length;) {
      const start = value.indexOf('${', index)
      if (start < 0) return result + value.slice(index)
      result += value.slice(index, start)
      const end = closingBrace(value, start)
      const inner = value.slice(start + 2, end)
      if (!variableStart.test(inner)) result += value.slice(start, end + 1)
      else {
        const answer = variable(inner, path)
        if (start === 0 && end === value.length - 1) return answer
        if (isRecord(answer)) {
          throw new VariableError(
            `\${${inner}} is a map or a list inside a text`,
            'let it stand alone, or name one of its values',
          )
        }
        result += scalarText(answer)
      }
      index = end + 1
    }
    return result
  }

  function variable(inner: string, path: Path): unknown {
    const alternatives = splitAtCommas(inner)
    for (const alternative of alternatives) {
      const quoted = /^'(.*)'$|^"(.*)"$/s.exec(alternative)
      if (quoted) return text(quoted[1] ?? quoted[2] ?? '', path)
      if (alternative.startsWith('${')) {
        const answer = text(alternative, path)
        if (answer !== undefined && answer !== null) return answer
        continue
      }
      if (alternative === 'null') return null
      if (/^(true|false)$/.test(alternative)) return alternative === 'true'
      if (/^-?\d+(\.\d+)?$/.test(alternative)) return Number(alternative)
      const answer = source(alternative, path)
      if (answer !== undefined && answer !== null) return answer
    }
    throw new VariableError(
      `\${${inner}} has no value`,
      `give it one, or a default: \${${alternatives[0]}, 'default'}`,
    )
  }

  function source(address: string, path: Path): unknown {
    const [, kind = '', argument] = variableStart.exec(address) ?? []
    const name = String(
      text(address.slice(address.indexOf(':', argument ? address.indexOf(')') : 0) + 1), path),
    )
    switch (kind) {
      case 'self':
        return dig(root, name, 'self')
      case 'env':
        return sources.env[name]
      case 'opt':
        return name === 'stage' ? (sources.opt['stage'] ?? undefined) : sources.opt[name]
      case 'param':
        return parameter(name)
      case 'sls':
        if (name === 'stage') return sources.stage
        break
      case 'aws':
        if (name === 'region') return sources.region
        if (name === 'accountId') return sources.accountId
        break
      case 'file':
        return dig(sources.file((argument ?? '()').slice(1, -1)), name, `file${argument}`)
      default:
    }
    throw new VariableError(
      `\${${address}} is a variable that the local stack does not know`,
      'it knows self, env, opt, param, sls:stage, aws:region, aws:accountId and file(…)',
    )
  }

  function parameter(name: string): unknown {
    const given = isRecord(root) ? root['params'] : undefined
    if (!isRecord(given)) return undefined
    for (const stage of [sources.stage, 'default']) {
      const parameters = given[stage]
      if (isRecord(parameters) && parameters[name] !== undefined) {
        return walk(parameters[name], ['params', stage, name])
      }
    }
    return undefined
  }

  function dig(data: unknown, address: string, kind: string): unknown {
    const id = `${kind}:${address}`
    if (underway.has(id)) {
      throw new VariableError(`\${${id}} refers to itself`, 'break the circle')
    }
    underway.add(id)
    try {
      const keys = address === '' ? [] : address.split('.')
      let value = data
      for (const key of keys) {
        if (typeof value === 'string') value = text(value, keys)
        value = isRecord(value) ? value[key] : undefined
      }
      return walk(value, keys)
    } finally {
      underway.delete(id)
    }
  }

  function walk(value: unknown, path: Path): unknown {
    if (typeof value === 'string') {
      if (!value.includes('${')) return value
      try {
        return text(value, path)
      } catch (error) {
        throw error instanceof VariableError ? onError(error, path) : error
      }
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]))
    if (!isRecord(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]))
  }

  return walk(root, [])
}

function scalarText(value: unknown): string {
  return typeof value === 'string'
    ? value
    : value === null || value === undefined
      ? ''
      : JSON.stringify(value)
}

function closingBrace(value: string, start: number): number {
  let depth = 0
  for (let index = start; index < value.length; index += 1) {
    if (value.startsWith('${', index)) depth += 1
    else if (value[index] === '}') {
      depth -= 1
      if (depth === 0) return index
    }
  }
  throw new VariableError(`${JSON.stringify(value)} opens \${ and does not close it`, 'close it with }')
}

function splitAtCommas(inner: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let quote = ''
  let part = ''
  for (const char of inner) {
    if (quote) quote = char === quote ? '' : quote
    else if (char === "'" || char === '"') quote = char
    else if (char === '{' || char === '(') depth += 1
    else if (char === '}' || char === ')') depth -= 1
    if (char === ',' && depth === 0 && !quote) {
      parts.push(part.trim())
      part = ''
    } else part += char
  }
  return [...parts, part.trim()]
}
