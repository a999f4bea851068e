import type { Audience } from '../../shared/api.ts'

/** What should be kept, said as simply as can be: the rules of retention once more, without a database. */

const day = 24 * 60 * 60 * 1000

export interface Periods {
  private: number | null
  shared: number | null
}

export interface Page {
  id: string
  orgId: string
  ownerId: string
  audience: Audience
  versions: number
  pinned: number | null
  keptFrom: number
  deleted: { by: 'person' | 'retention'; eraseAt: number } | undefined
}

/** Something that a job did, and when. */
export interface Deed {
  id: string
  at: number
  /** Of what expired: by which period, counted from when. */
  audience?: Audience
  keptFrom?: number
}

export class KeptPages {
  readonly pages = new Map<string, Page>()
  readonly periods = new Map<string, Periods>()
  readonly expired: Deed[] = []
  readonly erased: Deed[] = []

  living(): Page[] {
    return [...this.pages.values()].filter(page => page.deleted === undefined)
  }

  /** Deleted, and still to be had back. */
  deleted(): Page[] {
    return [...this.pages.values()].filter(page => page.deleted !== undefined)
  }

  /** Living ones whose retention is over at that time. */
  due(at: number, orgId: string): Page[] {
    return this.living().filter(page => {
      const periods = this.periods.get(orgId)
      const days = page.audience === 'private' ? periods?.private : periods?.shared
      return page.orgId === orgId && days !== null && days !== undefined && at >= page.keptFrom + days * day
    })
  }

  /** The jobs run: what is due is deleted for a week, and what was deleted for long enough is gone. */
  run(at: number): void {
    for (const orgId of this.periods.keys()) {
      for (const page of this.due(at, orgId)) {
        page.deleted = { by: 'retention', eraseAt: at + 7 * day }
        this.expired.push({ id: page.id, at, audience: page.audience, keptFrom: page.keptFrom })
      }
    }
    for (const { id, deleted } of this.deleted()) {
      if (deleted === undefined || at < deleted.eraseAt) continue
      this.pages.delete(id)
      this.erased.push({ id, at })
    }
  }
}
