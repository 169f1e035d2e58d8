import type { TransactWriteItem } from '@aws-sdk/client-dynamodb'
import type { Item } from '../platform/dynamodb.ts'

/** A table in memory whose transactions know the conditions that a key is there or not. Tells its inserts, as a stream. */
export class MemoryTable {
  readonly #items = new Map<string, Item>()
  readonly #onInsert: (item: Item) => void

  constructor(onInsert: (item: Item) => void = () => {}) {
    this.#onInsert = onInsert
  }

  /** All of it or nothing. */
  write(items: readonly TransactWriteItem[]): 'written' | 'moved' {
    for (const { Put, Delete } of items) {
      const condition = Put?.ConditionExpression ?? Delete?.ConditionExpression
      const isThere = this.#items.has(keyOf(Put?.Item ?? Delete?.Key ?? {}))
      if (condition === 'attribute_exists(pk)' && !isThere) return 'moved'
      if (condition === 'attribute_not_exists(pk)' && isThere) return 'moved'
    }
    for (const { Put, Delete } of items) {
      if (Delete) this.#items.delete(keyOf(Delete.Key ?? {}))
      if (!Put?.Item) continue
      const isNew = !this.#items.has(keyOf(Put.Item))
      this.#items.set(keyOf(Put.Item), Put.Item)
      if (isNew) this.#onInsert(Put.Item)
    }
    return 'written'
  }

  read(key: Item): Item | undefined {
    return this.#items.get(keyOf(key))
  }

  get items(): readonly Item[] {
    return [...this.#items.values()]
  }
}

const keyOf = ({ pk, sk }: Item): string => `${pk?.S ?? ''} ${sk?.S ?? ''}`
