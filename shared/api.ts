import { z } from 'zod'
import { limits } from './limits.ts'
import { isLine, isProse } from './text.ts'

/** One schema and one type for each body of `/api/v1`. Times are RFC 3339 strings in UTC, hashes lower-case hex. */

const plainOnly = 'Leave out control characters, and those that turn the direction of text.'

/** A title or a name that somebody gives. */
export const line = (chars: number, least = 1) => z.string().trim().min(least).max(chars).refine(isLine, plainOnly)
const prose = (chars: number) => z.string().max(chars).refine(isProse, plainOnly)

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'This must be a SHA-256 in lower-case hex.')
export const time = z.iso.datetime()

export const roles = ['owner', 'editor', 'viewer'] as const
export const grantedRoles = ['viewer', 'editor'] as const
export const audiences = ['private', 'people', 'org'] as const
/** The last covers the others. */
export const scopes = ['publish', 'read', 'full'] as const
/** Of a gallery. */
export const listScopes = ['mine', 'shared', 'org', 'all'] as const
export const pageTypes = ['text/html', 'text/markdown'] as const

export type Role = (typeof roles)[number]
export type ListScope = (typeof listScopes)[number]
export type GrantedRole = (typeof grantedRoles)[number]
export type Audience = (typeof audiences)[number]
export type Scope = (typeof scopes)[number]
export type PageType = (typeof pageTypes)[number]

/** What somebody is, or should be, looking at. `size` is the page's, uncompressed. */
export const shown = z.object({
  number: z.int().positive(),
  sha256,
  size: z.int().nonnegative(),
  publishedAt: time,
  /** What its publisher says is new in it. */
  note: z.string().nullable(),
})
export type Shown = z.infer<typeof shown>

/**
 * An artifact as one actor sees it. `shown` is what that actor looks at; `epoch` and `rev` order all that is said
 * of it (docs/PROTOCOL.md); `latest` is there for publishers only, since a viewer of a pinned page must not learn
 * that there are later versions.
 */
export const artifact = z.object({
  id: z.string(),
  url: z.string(),
  title: z.string(),
  icon: z.string(),
  description: z.string(),
  author: z.object({ name: z.string(), email: z.string() }),
  role: z.enum(roles),
  audience: z.enum(audiences),
  pinned: z.int().positive().nullable(),
  latest: z.int().positive().optional(),
  /** For its owner only: how many ask to be let in. */
  waiting: z.int().nonnegative().optional(),
  /** For its owner, in a list, where the audience is people: how many are let in by name. */
  sharedWith: z.object({ people: z.int().nonnegative(), groups: z.int().nonnegative() }).optional(),
  /** For its owner, in a list: when it will be deleted, unless there is a new version before. Nothing where it is kept. */
  expiresAt: time.optional(),
  shown,
  epoch: z.string(),
  rev: z.int().nonnegative(),
  createdAt: time,
  updatedAt: time,
})
export type Artifact = z.infer<typeof artifact>

export const artifactList = z.object({ artifacts: z.array(artifact), nextCursor: z.string().nullable() })
export type ArtifactList = z.infer<typeof artifactList>

export const provenance = z
  .object({
    host: z.string().max(limits.provenanceChars),
    tool: z.string().max(limits.provenanceChars),
    commit: z.string().max(limits.provenanceChars),
  })
  .partial()
export type Provenance = z.infer<typeof provenance>

export const version = z.object({
  id: z.string(),
  number: z.int().positive(),
  type: z.enum(pageTypes),
  sha256,
  size: z.int().nonnegative(),
  sourceSize: z.int().nonnegative(),
  note: z.string().nullable(),
  provenance: provenance.nullable(),
  author: z.object({ name: z.string(), email: z.string() }),
  createdAt: time,
})
export type Version = z.infer<typeof version>

export const versionList = z.object({ versions: z.array(version), nextCursor: z.string().nullable() })
export type VersionList = z.infer<typeof versionList>

/** Something in the page that the sandbox will block, found at publish time. `line` is 1-based, of the source. */
export const warning = z.object({ line: z.int().positive(), rule: z.string(), message: z.string() })
export type Warning = z.infer<typeof warning>

/** Query of `POST /artifacts`; `POST …/versions` takes the same. An absent title comes from the page. */
export const publishQuery = z.strictObject({
  title: line(limits.titleChars).optional(),
  icon: z.string().trim().min(1).max(limits.iconChars).optional(),
  description: prose(limits.descriptionChars).optional(),
  note: prose(limits.noteChars).optional(),
  host: line(limits.provenanceChars, 0).optional(),
  tool: line(limits.provenanceChars, 0).optional(),
  commit: line(limits.provenanceChars, 0).optional(),
})
export type PublishQuery = z.infer<typeof publishQuery>

export const published = z.object({
  id: z.string(),
  url: z.string(),
  version: z.int().positive(),
  sha256,
  /** The bytes were already the latest version: none was made. */
  unchanged: z.boolean(),
  warnings: z.array(warning),
  /** Warnings beyond `limits.warnings`, not listed. */
  moreWarnings: z.int().nonnegative(),
})
export type Published = z.infer<typeof published>

export const artifactPatch = z
  .strictObject({
    title: line(limits.titleChars),
    icon: z.string().trim().min(1).max(limits.iconChars),
    description: prose(limits.descriptionChars),
  })
  .partial()
  .refine(patch => Object.keys(patch).length > 0, 'Give at least one of title, icon, description.')
export type ArtifactPatch = z.infer<typeof artifactPatch>

export const email = z.string().trim().toLowerCase().max(limits.emailChars).pipe(z.email())
const groupName = line(limits.groupChars)
const grantedRole = z.enum(grantedRoles)

/** `PUT …/sharing`: all of it, in place of what was. Grants of a private artifact are kept, and let nobody in. */
export const sharingUpdate = z.strictObject({
  audience: z.enum(audiences),
  people: z.array(z.strictObject({ email, role: grantedRole })).max(limits.grants),
  groups: z.array(z.strictObject({ name: groupName, role: grantedRole })).max(limits.grants),
  /** What viewers see. */
  version: z.union([z.literal('latest'), z.int().positive()]),
})
export type SharingUpdate = z.infer<typeof sharingUpdate>

/** `GET …/sharing`: for the owner alone. */
export const sharing = z.object({
  audience: z.enum(audiences),
  /** `pending`: nobody has signed in with this address yet. */
  people: z.array(z.object({ email: z.string(), name: z.string(), role: grantedRole, pending: z.boolean() })),
  groups: z.array(z.object({ name: z.string(), role: grantedRole })),
  version: z.union([z.literal('latest'), z.int().positive()]),
  latest: z.int().positive(),
  org: z.object({ name: z.string() }),
  /** Of those who ask to be let in, newest first. */
  requests: z.array(z.object({ memberId: z.string(), name: z.string(), email: z.string(), askedAt: time })),
})
export type Sharing = z.infer<typeof sharing>

/** `POST …/access-requests/{memberId}`: the owner's answer. */
export const accessDecision = z.strictObject({ role: grantedRole.nullable() })
export type AccessDecision = z.infer<typeof accessDecision>

/** `GET /people?q=`: the org's directory, for the picker. */
const person = z.object({ email: z.string(), name: z.string() })
export const peopleList = z.object({ people: z.array(person) })
export type PeopleList = z.infer<typeof peopleList>
export const groupList = z.object({ groups: z.array(z.string()) })
export type GroupList = z.infer<typeof groupList>

/** `GET …/views`: for publishers. */
export const viewList = z.object({
  views: z.array(
    z.object({
      name: z.string(),
      email: z.string(),
      number: z.int().positive(),
      firstAt: time,
      lastAt: time,
      times: z.int(),
    }),
  ),
  nextCursor: z.string().nullable(),
  /** False: the organisation's owners have switched it off, so that there are none. */
  tracked: z.boolean(),
})
export type ViewList = z.infer<typeof viewList>

/** `GET …/diff?from=&to=`: of the two versions' sources. */
export const versionDiff = z.object({
  from: z.int().positive(),
  to: z.int().positive(),
  /** Unified, as `diff -u` writes it; empty when the sources are the same. */
  unified: z.string(),
  added: z.int().nonnegative(),
  removed: z.int().nonnegative(),
})
export type VersionDiff = z.infer<typeof versionDiff>

export const me = z.object({
  member: z.object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    role: z.enum(['owner', 'member']),
    /** What in their organisation, or in their role in it, keeps them from publishing; null: nothing does. */
    barred: z.string().nullable(),
  }),
  org: z.object({ id: z.string(), name: z.string() }),
  credential: z.enum(['session', 'token']),
  /** The token's id; null with a session, which is nobody's to name. */
  tokenId: z.string().nullable(),
  scope: z.enum(scopes),
  expiresAt: time,
})
export type Me = z.infer<typeof me>

/** `POST /session/preview`: whose sign-in link it is · `POST /session`: spend it. */
export const linkRedemption = z.strictObject({ secret: z.string().min(1).max(limits.signInSecretChars) })

export const linkPreview = z.object({ name: z.string(), email: z.string(), org: z.string() })
export type LinkPreview = z.infer<typeof linkPreview>

export const tokenRequest = z.strictObject({
  name: line(limits.nameChars),
  scope: z.enum(scopes),
  /** Seconds from now. */
  expiresIn: z
    .int()
    .positive()
    .max(limits.accessTokenMax / 1000),
})
export type TokenRequest = z.infer<typeof tokenRequest>

export const token = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.enum(scopes),
  createdAt: time,
  expiresAt: time,
})
export type Token = z.infer<typeof token>
/** Only the answer to the creating request carries the token itself. */
export const createdToken = token.extend({ token: z.string() })
export type CreatedToken = z.infer<typeof createdToken>
export const tokenList = z.object({ tokens: z.array(token) })
export type TokenList = z.infer<typeof tokenList>

/** The one OAuth client there is (RFC 6749 §2.2): the command. It is public, and proves nothing. */
export const deviceClientId = 'galley'

/** RFC 8628 §3.1, form-encoded. `device_name` is our own: the machine that asks, as it calls itself. */
export const deviceAuthorizationRequest = z.object({
  client_id: z.literal(deviceClientId),
  scope: z.enum(scopes).default('full'),
  device_name: line(limits.nameChars, 0).default(''),
})

/** RFC 8628 §3.2. Times are seconds. */
export const deviceAuthorization = z.object({
  device_code: z.string(),
  user_code: line(limits.userCodeChars),
  verification_uri: z.url(),
  verification_uri_complete: z.url(),
  expires_in: z.int().positive(),
  interval: z.int().positive(),
})
export type DeviceAuthorization = z.infer<typeof deviceAuthorization>

export const deviceGrantType = 'urn:ietf:params:oauth:grant-type:device_code'

/** RFC 8628 §3.4, form-encoded. */
export const deviceTokenRequest = z.object({
  grant_type: z.literal(deviceGrantType),
  client_id: z.literal(deviceClientId),
  device_code: z.string(),
})

/** RFC 8628 §3.5 with RFC 6749 §5.1. The token's id and its member are what `GET /me` says. */
export const deviceToken = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().positive(),
  scope: z.enum(scopes),
})
export type DeviceToken = z.infer<typeof deviceToken>

/** RFC 6749 §5.2 and RFC 8628 §3.5: what the two calls above refuse with, in place of a problem. */
export const oauthError = z.object({
  error: z.enum([
    'invalid_request',
    'invalid_client',
    'invalid_grant',
    'invalid_scope',
    'unsupported_grant_type',
    'authorization_pending',
    'slow_down',
    'access_denied',
    'expired_token',
  ]),
  error_description: z.string(),
})
export type OAuthError = z.infer<typeof oauthError>

/** `POST /device/preview` and `POST /device/decision`, from the page where the code is typed. */
export const deviceCodeEntry = z.strictObject({ userCode: z.string().max(limits.userCodeChars) })
export const deviceDecision = deviceCodeEntry.extend({ approve: z.boolean() })

/** What asks, and from where: shown before anybody says yes. */
export const devicePreview = z.object({
  /** As the code is written: `BCDF-GHJK`. */
  userCode: z.string(),
  deviceName: z.string(),
  scope: z.enum(scopes),
  /** The address that the request came from, as the server saw it. */
  ip: z.string().nullable(),
  requestedAt: time,
  /** When the token will end, if approved now. */
  tokenExpiresAt: time,
})
export type DevicePreview = z.infer<typeof devicePreview>

/** RFC 9457, with the stable `code`; further members are the error's facts. */
export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
})
export type Problem = z.infer<typeof problem>
