import type { Request } from 'express'
import { z } from 'zod'
import { limits } from '../../../shared/limits.ts'
import type { ActivitiesRequest } from '../../core/activities.ts'
import type { ListRequest } from '../../core/comply.ts'
import { parse } from '../parse.ts'
import { uuidOf } from './shapes.ts'

/** What is asked of the compliance API. A name that it does not know is refused: a filter misspelt would tell of everything. */

const id = z.string().max(limits.idChars)
const organisations = z.array(id).max(limits.complianceOrgs).optional()
const people = z.array(id).max(limits.compliancePeople).optional()
const types = z.array(id).max(limits.activityTypes).optional()
/** Finer than a millisecond is not kept, nor compared. */
const instant = z.iso
  .datetime({ offset: true, error: 'This must be a time as RFC 3339 has it, such as 2030-01-31T12:00:00Z.' })
  .transform(text => Date.parse(text))
  .optional()
const upTo = (most: number) => z.coerce.number().pipe(z.int().min(1).max(most))

const listQuery = z.strictObject({
  limit: upTo(limits.compliancePageMost).default(limits.compliancePage),
  page: z.string().max(limits.cursorChars).optional(),
  'organization_ids[]': organisations,
  'user_ids[]': people,
  'updated_at.gt': instant,
  'updated_at.gte': instant,
  'updated_at.lt': instant,
  'updated_at.lte': instant,
})

/** @throws GalleyError invalid_request */
export function listRequest(req: Request): ListRequest {
  const query = parse(listQuery, asked(req))
  return {
    limit: query.limit,
    page: query.page,
    orgIds: query['organization_ids[]']?.map(uuidOf),
    ownerIds: query['user_ids[]'],
    updated: {
      gt: query['updated_at.gt'],
      gte: query['updated_at.gte'],
      lt: query['updated_at.lt'],
      lte: query['updated_at.lte'],
    },
  }
}

const activitiesQuery = z.strictObject({
  limit: upTo(limits.activitiesMost).default(limits.activities),
  order: z.enum(['asc', 'desc']).default('desc'),
  after_id: id.optional(),
  before_id: id.optional(),
  'activity_types[]': types,
  'exclude_activity_types[]': types,
  'actor_ids[]': people,
  'user_ids[]': people,
  'organization_ids[]': organisations,
  'created_at.gt': instant,
  'created_at.gte': instant,
  'created_at.lt': instant,
  'created_at.lte': instant,
})

/** @throws GalleyError invalid_request */
export function activitiesRequest(req: Request): ActivitiesRequest {
  const query = parse(activitiesQuery, asked(req))
  const { 'actor_ids[]': actors, 'user_ids[]': users } = query
  return {
    limit: query.limit,
    order: query.order,
    afterId: query.after_id,
    beforeId: query.before_id,
    types: query['activity_types[]'],
    exceptTypes: query['exclude_activity_types[]'],
    actorIds: actors || users ? [...(actors ?? []), ...(users ?? [])] : undefined,
    orgIds: query['organization_ids[]']?.map(uuidOf),
    created: {
      gt: query['created_at.gt'],
      gte: query['created_at.gte'],
      lt: query['created_at.lt'],
      lte: query['created_at.lte'],
    },
  }
}

/**
 * By name: a list where the name ends in `[]`, else the value, or all of them where it is given more than once. Not
 * `req.query`, which leaves out what comes after the thousandth.
 */
function asked(req: Request): Record<string, string | string[]> {
  const [, ...search] = req.originalUrl.split('?')
  const given = new URLSearchParams(search.join('?'))
  return Object.fromEntries(
    [...new Set(given.keys())].map(name => {
      const values = given.getAll(name)
      const [value = ''] = values
      return [name, name.endsWith('[]') || values.length > 1 ? values : value]
    }),
  )
}
