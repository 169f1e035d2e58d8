/**
 * Which subscribers a topic reaches: a trie with one node a topic level, so that a match costs by the topic's depth
 * and its matches, never by the number of subscriptions.
 *
 * @module
 */

interface Node<Subscription> {
  readonly children: Map<string, Node<Subscription>>
  /** Subscriptions whose filter ends here, by subscriber. */
  readonly here: Map<object, Subscription>
}

/** The subscriptions of one filter that matches, by subscriber. */
export type Matched<Subscription> = ReadonlyMap<object, Subscription>

/** Subscriptions by topic filter and subscriber. Filters are taken as valid. */
export class SubscriptionTrie<Subscription> {
  readonly #root: Node<Subscription> = newNode()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Adds or replaces this subscriber's subscription. */
  add(filter: string, subscriber: object, subscription: Subscription): void {
    let node = this.#root
    for (const level of filter.split('/')) {
      let child = node.children.get(level)
      if (!child) {
        child = newNode()
        node.children.set(level, child)
      }
      node = child
    }
    if (!node.here.has(subscriber)) this.#size += 1
    node.here.set(subscriber, subscription)
  }

  /** Takes the subscription away, and the nodes that nothing needs any more. Answers whether there was one. */
  remove(filter: string, subscriber: object): boolean {
    const path: { parent: Node<Subscription>; level: string }[] = []
    let node = this.#root
    for (const level of filter.split('/')) {
      const child = node.children.get(level)
      if (!child) return false
      path.push({ parent: node, level })
      node = child
    }
    if (!node.here.delete(subscriber)) return false
    this.#size -= 1
    for (const { parent, level } of path.toReversed()) {
      const child = parent.children.get(level)
      if (child && (child.here.size > 0 || child.children.size > 0)) break
      parent.children.delete(level)
    }
    return true
  }

  /**
   * The subscriptions of every filter that matches. `a/#` does not match `a`, and a filter that begins with a
   * wildcard does not match a topic that begins with `$`. docs/aws-iot-core.md §2.3.
   */
  match(topic: string): Matched<Subscription>[] {
    const found: Matched<Subscription>[] = []
    const levels = topic.split('/')
    const reserved = topic.charCodeAt(0) === 0x24
    const visit = (node: Node<Subscription>, depth: number): void => {
      if (depth === levels.length) {
        if (node.here.size > 0) found.push(node.here)
        return
      }
      if (depth > 0 || !reserved) {
        const hash = node.children.get('#')
        if (hash && hash.here.size > 0) found.push(hash.here)
        const plus = node.children.get('+')
        if (plus) visit(plus, depth + 1)
      }
      const child = node.children.get(levels[depth] ?? '')
      if (child) visit(child, depth + 1)
    }
    visit(this.#root, 0)
    return found
  }
}

function newNode<Subscription>(): Node<Subscription> {
  return { children: new Map(), here: new Map() }
}
