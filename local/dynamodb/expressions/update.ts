/**
 * An update bound to its names and values, and what it makes of an item.
 *
 * @module
 */
import { invalid, invalidParameter } from '../errors.ts'
import {
  type AttributeType,
  type AttributeValue,
  type Item,
  setAttribute,
  setMembers,
  typeOf,
} from '../values/attribute-value.ts'
import { addNumbers, subtractNumbers } from '../values/number.ts'
import { validateValue } from '../values/validate.ts'
import { incorrectOperandType } from './condition.ts'
import { expressionError } from './cursor.ts'
import { childOf, type DocumentPath, refuseOverlaps, valueAt } from './document-path.ts'
import type { Placeholders } from './placeholders.ts'
import type { SetValueSyntax, UpdateSyntax } from './syntax.ts'

export interface Update {
  /** Every path that the update names. */
  readonly paths: readonly DocumentPath[]
  /** Changes the item in place. Throws ValidationException for what the item does not bear, and leaves it half done. */
  apply(item: Item): void
}

/** A value worked out from the item as it was before the update. */
type Source = ((before: Item) => AttributeValue) & { fixed?: AttributeValue }

/** What happens at one path. `undefined` removes what is there. */
interface Change {
  readonly path: DocumentPath
  readonly value: AttributeValue | undefined
}

const kind = 'UpdateExpression'
const addable: ReadonlySet<AttributeType> = new Set<AttributeType>(['N', 'SS', 'NS', 'BS'])
const typeNames: Readonly<Record<AttributeType, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  BOOL: 'BOOLEAN',
  NULL: 'NULL',
  M: 'MAP',
  L: 'LIST',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
}

/** Puts names and values in place and checks types and paths. Throws ValidationException. */
export function bindUpdate(
  syntax: UpdateSyntax,
  placeholders: Placeholders,
  keyNames: readonly string[],
): Update {
  const sets = syntax.set.map(({ path, value }) => ({
    path: placeholders.path(kind, path),
    source: bindSource(value, placeholders),
  }))
  const removes = syntax.remove.map((path) => placeholders.path(kind, path))
  const adds = syntax.add.map((action) => bindAction('ADD', action, placeholders))
  const deletes = syntax.delete.map((action) => bindAction('DELETE', action, placeholders))
  const paths = [
    ...sets.map(({ path }) => path),
    ...removes,
    ...adds.map(({ path }) => path),
    ...deletes.map(({ path }) => path),
  ]
  refuseOverlaps(kind, paths)
  for (const [name] of paths) {
    if (keyNames.includes(name as string)) {
      throw invalidParameter(`Cannot update attribute ${name}. This attribute is part of the key`)
    }
  }
  return {
    paths,
    apply(item) {
      // Every value is worked out on the item as it was, then every change is made.
      const changes: Change[] = [
        ...sets.map(({ path, source }) => ({ path, value: source(item) })),
        ...adds.map(({ path, value }) => ({ path, value: added(valueAt(item, path), value) })),
        ...deletes.flatMap(({ path, value }) => deleted(item, path, value)),
      ]
      for (const change of changes) if (change.value) write(item, change.path, change.value)
      // Later elements of a list first, so that the earlier keep their places.
      const removed = [...removes, ...changes.filter(({ value }) => !value).map(({ path }) => path)]
      for (const path of removed.toSorted(laterFirst)) remove(item, path)
    },
  }
}

function bindSource(syntax: SetValueSyntax, placeholders: Placeholders): Source {
  switch (syntax.kind) {
    case 'value': {
      const fixed = placeholders.value(kind, syntax.placeholder)
      return Object.assign(() => fixed, { fixed })
    }
    case 'path': {
      const path = placeholders.path(kind, syntax.path)
      return (before) => {
        const value = valueAt(before, path)
        if (!value) {
          throw invalid('The provided expression refers to an attribute that does not exist in the item')
        }
        return copied(value)
      }
    }
    case 'if_not_exists': {
      const path = placeholders.path(kind, syntax.path)
      const otherwise = bindSource(syntax.otherwise, placeholders)
      return (before) => {
        const value = valueAt(before, path)
        return value ? copied(value) : otherwise(before)
      }
    }
    case '+':
    case '-': {
      const calculate = syntax.kind === '+' ? addNumbers : subtractNumbers
      const [left, right] = bindPair(syntax.kind, 'N', syntax, placeholders)
      return (before) => {
        const [a, b] = [left(before).N, right(before).N]
        if (a === undefined || b === undefined) throw incorrectDataType()
        return { N: calculate(a, b) }
      }
    }
    case 'list_append': {
      const [left, right] = bindPair('list_append', 'L', syntax, placeholders)
      return (before) => {
        const [head, tail] = [left(before).L, right(before).L]
        if (!head || !tail) throw incorrectDataType()
        return { L: [...head, ...tail] }
      }
    }
  }
}

/** A value that stands in two places must not be changed in both by a change in one. */
function copied(value: AttributeValue): AttributeValue {
  return value.M || value.L ? structuredClone(value) : value
}

function bindPair(
  operator: string,
  type: AttributeType,
  pair: { readonly left: SetValueSyntax; readonly right: SetValueSyntax },
  placeholders: Placeholders,
): [Source, Source] {
  const sources: [Source, Source] = [
    bindSource(pair.left, placeholders),
    bindSource(pair.right, placeholders),
  ]
  for (const { fixed } of sources) {
    if (fixed && typeOf(fixed) !== type) throw incorrectOperandType(kind, operator, typeOf(fixed))
  }
  return sources
}

function bindAction(
  operator: 'ADD' | 'DELETE',
  action: UpdateSyntax['add'][number],
  placeholders: Placeholders,
): { path: DocumentPath; value: AttributeValue } {
  const path = placeholders.path(kind, action.path)
  const value = placeholders.value(kind, action.placeholder)
  const type = typeOf(value)
  if (!addable.has(type) || (operator === 'DELETE' && type === 'N')) {
    throw expressionError(
      kind,
      `Incorrect operand type for operator or function; operator: ${operator}, operand type: ${typeNames[type]}, typeSet: ALLOWED_FOR_${operator}_OPERAND`,
    )
  }
  return { path, value }
}

function added(before: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if (!before) return value
  const type = typeOf(value)
  if (typeOf(before) !== type) throw incorrectDataType()
  if (type === 'N') return { N: addNumbers(before.N as string, value.N as string) }
  const union = new Set([...(setMembers(before) as string[]), ...(setMembers(value) as string[])])
  const sum: AttributeValue = { [type]: [...union] }
  validateValue(sum)
  return sum
}

function deleted(item: Item, path: DocumentPath, value: AttributeValue): Change | readonly [] {
  parentOf(item, path)
  const before = valueAt(item, path)
  if (!before) return []
  const type = typeOf(value)
  if (typeOf(before) !== type) throw incorrectDataType()
  const gone = new Set(setMembers(value))
  const left = (setMembers(before) as string[]).filter((member) => !gone.has(member))
  return { path, value: left.length > 0 ? { [type]: left } : undefined }
}

function write(item: Item, path: DocumentPath, value: AttributeValue): void {
  const { M: map, L: list } = parentOf(item, path)
  const last = path.at(-1)
  // Beyond the end, an element is appended.
  if (list) list[Math.min(Number(last), list.length)] = value
  else if (map) setAttribute(map, String(last), value)
}

function remove(item: Item, path: DocumentPath): void {
  const { M: map, L: list } = parentOf(item, path)
  const last = path.at(-1)
  if (map) delete map[String(last)]
  else if (list && Number(last) < list.length) list.splice(Number(last), 1)
}

/** The map or list that a path's last step is in. Throws ValidationException when there is none that fits it. */
function parentOf(item: Item, path: DocumentPath): AttributeValue {
  let value: AttributeValue | undefined = { M: item }
  for (const step of path.slice(0, -1)) value = value && childOf(value, step)
  if (!value || !(typeof path.at(-1) === 'number' ? value.L : value.M)) throw invalidPath()
  return value
}

/**
 * Orders paths so that no removal moves an element that a later one names: of two places in one list, the later
 * first. No path lies inside another (overlaps are refused), so the first step that differs decides.
 */
function laterFirst(left: DocumentPath, right: DocumentPath): number {
  const at = left.findIndex((step, place) => step !== right[place])
  const [a, b] = [left[at], right[at]]
  if (typeof a === 'number' && typeof b === 'number') return b - a
  return String(a) < String(b) ? -1 : 1
}

function incorrectDataType(): Error {
  return invalid('An operand in the update expression has an incorrect data type')
}

function invalidPath(): Error {
  return invalid('The document path provided in the update expression is invalid for update')
}
