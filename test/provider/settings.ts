/** What the provider says of somebody, beside `sub`, which is what they type as their login. Any password will do. */
export interface Claims {
  email?: string
  email_verified?: unknown
  name?: string
  org?: unknown
  groups?: unknown
}

/** How the provider is to be from now on. */
export interface Settings {
  /** 0: any that is free. */
  port: number
  /** Where people find it, if something stands in front of it; else where it listens. */
  issuer: string | undefined
  client: { id: string; secret: string; claimsAt: 'token' | 'userinfo' }
  /** Where it sends people back to, exactly. */
  redirectUris: readonly string[]
  /** By login. */
  people: Readonly<Record<string, Claims>>
  /** Which key signs: another number, another key. */
  keys: number
  /** `failing`: 500 to everything · `silent`: no answer at all */
  mood: 'well' | 'failing' | 'silent'
}
