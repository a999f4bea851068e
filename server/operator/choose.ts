import { InvalidArgumentError, Option } from 'commander'
import { GalleyError } from '../../shared/errors.ts'
import type { Member, Org } from '../core/records.ts'
import type { Ground } from '../core/world.ts'

/** Which of them a command means. */

export const orgOption = () => new Option('--org <org>', 'its name or id; needed where there are several')

/** @throws InvalidArgumentError when there are several to choose from · GalleyError not_found */
export async function chosenOrg(world: Ground, wanted: string | undefined): Promise<Org> {
  const orgs = await world.store.orgs()
  const names = orgs.map(org => `"${org.name}"`).join(', ')
  if (wanted !== undefined) {
    const org = orgs.find(org => org.id === wanted || org.name.toLowerCase() === wanted.trim().toLowerCase())
    if (org) return org
    throw new GalleyError('not_found', `There is no organisation "${wanted}". There are: ${names || 'none'}.`)
  }
  const [org, ...others] = orgs
  if (!org) throw new GalleyError('not_found', 'There is no organisation yet. Make one with: galley org add NAME')
  if (others.length > 0) throw new InvalidArgumentError(`say which organisation with --org: ${names}`)
  return org
}

/** @throws as chosenOrg does */
export async function chosenMember(world: Ground, email: string, wantedOrg: string | undefined): Promise<Member> {
  const org = await chosenOrg(world, wantedOrg)
  const member = await world.store.memberByEmail(org.id, email.trim())
  if (member) return member
  throw new GalleyError(
    'not_found',
    `"${org.name}" has no member ${email}. Make them one with: galley member add ${email}`,
  )
}
