/**
 * What a parsed expression says, before its placeholders are known.
 *
 * @module
 */

/** The request's member that holds the expression; error messages name it. */
export type ExpressionKind =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'ProjectionExpression'
  | 'UpdateExpression'

/** A step of a document path: an attribute's name (or its #placeholder), or a list's index. */
export type PathStep = { readonly name: string } | { readonly index: number }
export type PathSyntax = readonly PathStep[]

export type OperandSyntax =
  | { readonly kind: 'path'; readonly path: PathSyntax }
  | { readonly kind: 'value'; readonly placeholder: string }
  | { readonly kind: 'size'; readonly of: OperandSyntax }

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>='

export type ConditionSyntax =
  | { readonly kind: 'and' | 'or'; readonly left: ConditionSyntax; readonly right: ConditionSyntax }
  | { readonly kind: 'not'; readonly condition: ConditionSyntax }
  | {
      readonly kind: 'compare'
      readonly comparator: Comparator
      readonly left: OperandSyntax
      readonly right: OperandSyntax
    }
  | {
      readonly kind: 'between'
      readonly operand: OperandSyntax
      readonly low: OperandSyntax
      readonly high: OperandSyntax
    }
  | { readonly kind: 'in'; readonly operand: OperandSyntax; readonly options: readonly OperandSyntax[] }
  | { readonly kind: 'exists'; readonly wanted: boolean; readonly path: PathSyntax }
  | {
      readonly kind: 'begins_with' | 'contains' | 'attribute_type'
      readonly operand: OperandSyntax
      readonly argument: OperandSyntax
    }

export type SetValueSyntax =
  | { readonly kind: 'path'; readonly path: PathSyntax }
  | { readonly kind: 'value'; readonly placeholder: string }
  | { readonly kind: 'if_not_exists'; readonly path: PathSyntax; readonly otherwise: SetValueSyntax }
  | {
      readonly kind: '+' | '-' | 'list_append'
      readonly left: SetValueSyntax
      readonly right: SetValueSyntax
    }

export interface UpdateSyntax {
  readonly set: readonly { readonly path: PathSyntax; readonly value: SetValueSyntax }[]
  readonly remove: readonly PathSyntax[]
  readonly add: readonly { readonly path: PathSyntax; readonly placeholder: string }[]
  readonly delete: readonly { readonly path: PathSyntax; readonly placeholder: string }[]
}
