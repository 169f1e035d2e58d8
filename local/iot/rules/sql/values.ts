/**
 * The values of a rule's SQL and how one becomes another. `undefined` is AWS's Undefined: what is not there, or makes no sense.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-data-types.html
 *
 * @module
 */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | string
  | Buffer
  | readonly Value[]
  | { readonly [key: string]: Value }

export type ObjectValue = { readonly [key: string]: Value }

export function isObject(value: Value): value is ObjectValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
}

/** A member that the object itself has; `__proto__` and its like are plain keys. */
export function member(value: Value, key: string): Value {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** A number, or a text that is one. */
export function toNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !/^\s*-?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/.test(value)) return undefined
  return Number(value)
}

/** Texts as they are, the others as JSON; Undefined stays. */
export function toText(value: Value): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  return Buffer.isBuffer(value) ? value.toString() : JSON.stringify(value)
}

/** True and false, as values or as texts; 0 is false and other numbers are true. */
export function toBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0
  if (typeof value !== 'string') return undefined
  const lower = value.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : undefined
}

/** Whether two values are the same; a number and a text that is one may be. */
export function areEqual(left: Value, right: Value): boolean | undefined {
  if (left === undefined || right === undefined) return undefined
  if (typeof left !== typeof right) {
    const [one, other] = [toNumber(left), toNumber(right)]
    return one !== undefined && other !== undefined && one === other
  }
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object')
    return left === right
  if (Array.isArray(left) || Array.isArray(right))
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item: Value, index) => areEqual(item, right[index] as Value) === true)
    )
  const [keys, others] = [Object.keys(left), Object.keys(right)]
  return (
    keys.length === others.length &&
    keys.every((key) => areEqual(member(left, key), member(right, key)) === true)
  )
}

/** Below 0 when `left` comes first; undefined for what has no order. Numbers before texts: '10' is more than '9'. */
export function compare(left: Value, right: Value): number | undefined {
  const [one, other] = [toNumber(left), toNumber(right)]
  if (one !== undefined && other !== undefined) return one - other
  if (typeof left !== 'string' || typeof right !== 'string') return undefined
  return left < right ? -1 : left > right ? 1 : 0
}
