import { z } from 'zod'
import { audiences } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import type { Announcement } from '../core/ports.ts'
import type { Head } from '../core/records.ts'

/** What nodes say to one another. It comes out of Redis, from nodes that may be older or newer: parsed where it is heard. */

const id = z.string().max(limits.idChars)

const shown = z.object({
  number: z.int(),
  sha256: z.string(),
  size: z.int(),
  createdAt: z.int(),
  note: z.string().nullable(),
})

const head: z.ZodType<Head> = z.object({
  orgId: id,
  artifactId: id,
  ownerId: id,
  audience: z.enum(audiences),
  title: z.string(),
  icon: z.string(),
  description: z.string(),
  pinned: z.int().nullable(),
  rev: z.int(),
  viewerRev: z.int(),
  latest: shown,
  shared: shown,
})

const touched = z.object({ everyone: z.boolean(), memberIds: z.array(id), groups: z.array(z.string()) })
const ofArtifact = z.object({ orgId: id, artifactId: id })

const shapes: { [Kind in Announcement['kind']]: z.ZodType<Extract<Announcement, { kind: Kind }>> } = {
  changed: z.object({ kind: z.literal('changed'), head, seen: z.boolean() }),
  deleted: ofArtifact.extend({ kind: z.literal('deleted'), ownerId: id, touched }),
  'access-changed': ofArtifact.extend({ kind: z.literal('access-changed'), touched }),
  'member-changed': z.object({ kind: z.literal('member-changed'), orgId: id, memberId: id }),
  'org-changed': z.object({ kind: z.literal('org-changed'), orgId: id }),
  'access-requested': ofArtifact.extend({ kind: z.literal('access-requested'), ownerId: id }),
  'session-revoked': z.object({ kind: z.literal('session-revoked'), sessionId: id }),
  'token-revoked': z.object({ kind: z.literal('token-revoked'), tokenId: id }),
}

/** A change that another node has kept. `epoch`: of the database that it is kept in, as that node knew it. */
export const announcedWord = z.object({ epoch: z.string(), announcement: z.union(Object.values(shapes)) })
export type AnnouncedWord = z.infer<typeof announcedWord>

/** Who has pages open at one node, as it is heard: the word itself is for who counts them. */
export const presentSaid = z.object({ epoch: z.string(), word: z.unknown() })

/** Members, or how many where they are more than limits.presenceNamed. */
const people = z.union([z.array(id).max(limits.presenceNamed), z.int().nonnegative()])
export type People = z.infer<typeof people>

/** Who has pages open at one node. Without any page: that the node is still there. */
export const presentWord = z.object({
  node: id,
  /** Of the words of this node that tell of people, the last there was: who has not heard as many has missed some. */
  no: z.int().nonnegative(),
  /** `asks`: whoever has it open as well is to say so. */
  pages: z.array(z.object({ artifactId: id, people, asks: z.boolean() })),
  /** Nobody is there any more. */
  leaves: z.boolean(),
})
export type PresentWord = z.infer<typeof presentWord>
