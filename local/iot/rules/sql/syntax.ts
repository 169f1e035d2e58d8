/** What a rule's SQL says, once it is read. docs/aws-iot-core.md §9. */

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  /** A member of the payload: `state.reported`. */
  | { readonly kind: 'path'; readonly keys: readonly string[] }
  /** The whole payload, as an argument: `get(*, 'my-key')`. */
  | { readonly kind: 'everything' }
  | { readonly kind: 'not' | 'minus'; readonly operand: Expression }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Expression])[] }
  | {
      readonly kind: 'case'
      readonly subject: Expression
      readonly branches: readonly (readonly [when: Expression, then: Expression])[]
      readonly otherwise: Expression | undefined
    }

export type BinaryOperator =
  | 'AND'
  | 'OR'
  | '='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | 'IN'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'

/** One thing that SELECT lists. */
export type Selected =
  | { readonly kind: 'all' }
  /** `into` is where it goes in the outgoing object: `AS a.b` goes to `a`, then `b`. */
  | { readonly kind: 'field'; readonly expression: Expression; readonly into: readonly string[] }

export interface Statement {
  /** What goes out is this value itself: `SELECT VALUE x`. */
  readonly value: Expression | undefined
  readonly selected: readonly Selected[]
  /** The topic filter; absent for a rule that only Basic Ingest reaches. */
  readonly from: string | undefined
  readonly where: Expression | undefined
}
