/** Scan: a whole table, or one segment of it. */
import type { Engine } from '../engine.ts'
import { invalid } from '../errors.ts'
import { Placeholders } from '../expressions/placeholders.ts'
import type { StoredItem } from '../storage/items.ts'
import { type EncodedKey, partOfKey } from '../values/key-encoding.ts'
import { planPage, readPage, startOf } from './pages.ts'
import type { ScanRequest } from './requests.ts'

export function scan(engine: Engine, request: ScanRequest): string {
  const table = engine.tables.get(request.TableName)
  const { FilterExpression, ProjectionExpression, Segment, TotalSegments } = request
  const placeholders = new Placeholders(request, { ProjectionExpression, FilterExpression })
  const plan = planPage(request, placeholders)
  placeholders.refuseUnused()
  if (Segment !== undefined && TotalSegments === undefined) {
    throw invalid(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    )
  }
  if (Segment === undefined && TotalSegments !== undefined) {
    throw invalid(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    )
  }
  if (Segment !== undefined && TotalSegments !== undefined && (Segment < 0 || Segment >= TotalSegments)) {
    throw invalid(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`,
    )
  }
  const rows = engine.items.all(table.id, startOf(table, request.ExclusiveStartKey))
  return readPage(request, table, plan, segmentOf(rows, Segment ?? 0, TotalSegments ?? 1))
}

function* segmentOf(
  rows: Iterable<StoredItem & { readonly pk: EncodedKey }>,
  segment: number,
  segments: number,
): Iterable<StoredItem> {
  for (const row of rows) if (partOfKey(row.pk, segments) === segment) yield row
}
