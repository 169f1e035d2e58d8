import { Cursor } from './cursor.ts'
import type { PathSyntax } from './syntax.ts'

/** Parses a projection: document paths with commas between. Throws ValidationException that shows the place. */
export function parseProjection(expression: string): readonly PathSyntax[] {
  const cursor = new Cursor('ProjectionExpression', expression)
  const paths: PathSyntax[] = []
  do paths.push(cursor.path())
  while (cursor.takeSymbol(','))
  cursor.expectEnd()
  return paths
}
