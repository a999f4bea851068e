import { type Organisations, startOrganisations } from '../provider/app.ts'
import { ThreePeople, tableOf, threePeople } from './three-people.ts'

describe('Three people at one page, each in a browser of their own', function () {
  this.timeout(180_000)
  let here: Organisations
  let people: ThreePeople
  before(async () => {
    here = await startOrganisations()
    await here.provider.knows(threePeople)
    people = await ThreePeople.meet(here.app.url)
  })
  after(async () => {
    await people?.close()
    await here?.close()
  })

  it('see what they are let see after each step, and nothing else', async () => {
    await people.walk()
    console.log(tableOf(people.seen))
  })
})
