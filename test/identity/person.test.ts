import { expect } from 'chai'
import fc from 'fast-check'
import { personFrom } from '../../server/identity/person.ts'
import { limits } from '../../shared/limits.ts'

const names = { org: 'org', email: 'email', name: 'name', groups: 'groups' }
const issuer = 'https://login.example'
const ada = { sub: 'ada', email: 'ada@acme.example', email_verified: true, name: 'Ada', org: 'acme', groups: ['a'] }

const from = (claims: Record<string, unknown>, asked: Partial<typeof names> = {}, trustEmail = false) =>
  personFrom(claims, { issuer, names: { ...names, ...asked }, trustEmail })

describe('what an identity provider says of somebody', () => {
  it('is who they are, by which address, in which organisation and groups', () => {
    expect(from(ada)).to.deep.equal({
      issuer,
      subject: 'ada',
      email: 'ada@acme.example',
      emailVerified: true,
      name: 'Ada',
      groups: ['a'],
      orgs: ['acme'],
    })
  })

  it('is nobody without a subject or an address', () => {
    for (const claim of ['sub', 'email']) {
      for (const value of [undefined, null, '', 7, {}, 'a'.repeat(limits.emailChars + 1)]) {
        if (claim === 'sub' && typeof value === 'string' && value !== '') continue
        expect(from({ ...ada, [claim]: value }), `${claim}: ${value}`).to.equal(undefined)
      }
    }
  })

  it('may leave out name and groups, or say one group by itself', () => {
    for (const odd of [undefined, null, 7, {}, '']) {
      expect(from({ ...ada, name: odd, groups: odd }), String(odd)).to.include({ name: ada.email })
      expect(from({ ...ada, groups: odd })?.groups, String(odd)).to.deep.equal([])
    }
    expect(from({ ...ada, groups: 'engines' })?.groups).to.deep.equal(['engines'])
    expect(from({ ...ada, groups: ['a', 7, null, '', 'b', 'x'.repeat(limits.groupChars + 1)] })?.groups).to.deep.equal([
      'a',
      'b',
    ])
  })

  it('is of no organisation where the claim is missing, and of any where none is asked for', () => {
    expect(from({ ...ada, org: undefined })?.orgs).to.deep.equal([])
    expect(from({ ...ada, org: 7 })?.orgs).to.deep.equal([])
    const { org: _, ...rest } = names
    expect(personFrom(ada, { issuer, names: { ...rest, org: undefined }, trustEmail: false })?.orgs).to.equal(undefined)
  })

  it('vouches for an address only by saying so, of that claim', () => {
    for (const said of [true, 'true']) expect(from({ ...ada, email_verified: said })?.emailVerified).to.equal(true)
    for (const said of [false, 'false', undefined, null, 1, 'yes', [true]]) {
      expect(from({ ...ada, email_verified: said })?.emailVerified, String(said)).to.equal(false)
    }
    // The address may be one that its holder has typed: `email_verified` is not of it.
    const typed = { ...ada, preferred_username: 'boss@acme.example' }
    expect(from(typed, { email: 'preferred_username' })).to.include({
      email: 'boss@acme.example',
      emailVerified: false,
    })
    expect(from(typed, { email: 'preferred_username' }, true)?.emailVerified).to.equal(true)
    expect(from({ ...ada, email_verified: undefined }, {}, true)?.emailVerified).to.equal(true)
  })

  it('never brings more than has room, nor anything but text, whatever it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(ada)), fc.anything()), claims => {
        const person = from({ ...ada, ...claims })
        if (!person) return
        expect(person.emailVerified).to.be.a('boolean')
        for (const text of [person.subject, person.email, person.name, ...person.groups, ...(person.orgs ?? [])]) {
          expect(text).to.be.a('string').and.not.equal('')
        }
        expect(person.groups.length).to.be.at.most(limits.groupsOfMember)
      }),
    )
    const many = Array.from({ length: 10_000 }, (_, n) => `g${n}`)
    expect(from({ ...ada, groups: many, org: many })?.groups).to.have.length(limits.groupsOfMember)
    expect(from({ ...ada, org: many })?.orgs).to.have.length(limits.orgsOfPerson)
  })
})
