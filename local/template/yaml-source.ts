/**
 * YAML with CloudFormation's short tags (`!Ref`, `!GetAtt`, `!Sub` …), each read as its long form, and the way back
 * from a place in the data to its line.
 *
 * @module
 */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type ScalarTag, type CollectionTag } from 'yaml'
import { TemplateError } from './errors.ts'

/** Keys and indexes from the root: `['functions', 'accept', 'events', 0]`. */
export type Path = readonly (string | number)[]

export interface YamlSource {
  /** Plain data: maps, lists, strings, numbers, booleans and null; tags as `{ Ref: … }` and `{ 'Fn::…': … }`. */
  readonly data: unknown
  /** The line of a place, or of the nearest place around it that the file has. */
  lineOf(path: Path): number
}

const functionsOfCloudFormation = [
  'Base64',
  'Cidr',
  'FindInMap',
  'GetAtt',
  'GetAZs',
  'If',
  'ImportValue',
  'Join',
  'Select',
  'Split',
  'Sub',
  'Transform',
  'And',
  'Equals',
  'Not',
  'Or',
]

/** `!GetAtt Queue.Arn` → `{ 'Fn::GetAtt': ['Queue', 'Arn'] }`; the attribute may hold dots. */
function longForm(name: string, value: unknown): unknown {
  if (name === 'Ref' || name === 'Condition') return { [name]: value }
  if (name === 'GetAtt' && typeof value === 'string') {
    const dot = value.indexOf('.')
    return { 'Fn::GetAtt': dot < 0 ? [value] : [value.slice(0, dot), value.slice(dot + 1)] }
  }
  return { [`Fn::${name}`]: value }
}

const customTags: (ScalarTag | CollectionTag)[] = ['Ref', 'Condition', ...functionsOfCloudFormation].flatMap(
  (name): (ScalarTag | CollectionTag)[] => [
    { tag: `!${name}`, resolve: (text: string) => longForm(name, text) },
    {
      tag: `!${name}`,
      collection: 'seq',
      resolve: (seq) => longForm(name, (seq as { toJSON(): unknown }).toJSON()),
    },
    {
      tag: `!${name}`,
      collection: 'map',
      resolve: (map) => longForm(name, (map as { toJSON(): unknown }).toJSON()),
    },
  ],
)

/** Reads the text. Throws a TemplateError for what is no YAML, with its line. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, customTags, merge: true })
  const fault = document.errors[0] ?? document.warnings[0]
  if (fault) {
    const problem = fault.message.split('\n')[0] ?? fault.message
    throw new TemplateError(problem, 'correct the YAML there', fault.linePos?.[0].line)
  }
  return {
    data: document.toJS() as unknown,
    lineOf(path) {
      let node: unknown = document.contents
      let offset = 0
      for (const key of path) {
        let next: unknown
        if (isMap(node)) {
          const pair = node.items.find(
            ({ key: name }) => isScalar(name) && String(name.value) === String(key),
          )
          if (isScalar(pair?.key)) offset = pair.key.range?.[0] ?? offset
          next = pair?.value
        } else if (isSeq(node)) {
          next = node.items[Number(key)]
          if (next) offset = (next as { range?: [number] }).range?.[0] ?? offset
        }
        if (next === undefined || next === null) break
        node = next
      }
      return lines.linePos(offset).line
    },
  }
}
