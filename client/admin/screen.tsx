import { useLayoutEffect, useRef } from 'preact/hooks'
import { type AdminSection, adminAddress, adminSections, adminTitles } from '../../shared/admin-sections.ts'
import type { Office, Standing } from './office.ts'
import type { Boot } from './section.ts'
import { sections } from './sections.tsx'

interface Screen {
  standing: Standing
  office: Office
  boot: Boot
}

/** The list of sections, and the one that the address names. */
export function AdminScreen({ standing, office, boot }: Screen) {
  const Section = sections[boot.section]
  if (standing === 'no_owner') return <NoOwner org={boot.org} />
  return (
    <>
      <Sections current={boot.section} />
      <div class="section">
        <h1>{adminTitles[boot.section]}</h1>
        {standing === 'signed_out' && <SignedOut section={boot.section} />}
        <Section office={office} boot={boot} />
      </div>
    </>
  )
}

/** Addresses like others: each is asked for anew, and the server decides anew who gets it. */
function Sections({ current }: { current: AdminSection }) {
  const link = useRef<HTMLAnchorElement>(null)
  useLayoutEffect(() => {
    // On a phone the list is wider than the screen.
    link.current?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [])
  return (
    <nav class="sections" aria-label="Administration">
      {adminSections.map(section => (
        <a
          key={section}
          href={adminAddress(section)}
          {...(section === current && { ref: link, 'aria-current': 'page' as const })}
        >
          {adminTitles[section]}
        </a>
      ))}
    </nav>
  )
}

/** In a tab of its own, so that what was typed here is not lost. */
const SignedOut = ({ section }: { section: AdminSection }) => (
  <p class="amiss" role="alert">
    <span>
      <b>You are signed out.</b> Sign in again, then go on here: what you typed is still there.
    </span>
    <a
      class="button primary"
      href={`/sign-in?next=${encodeURIComponent(adminAddress(section))}`}
      target="_blank"
      rel="noopener"
    >
      Sign in
    </a>
  </p>
)

const NoOwner = ({ org }: { org: string }) => (
  <section class="no-owner" role="alert">
    <h1>You are no longer an owner</h1>
    <p class="quiet">
      Only owners of <bdi>{org}</bdi> administer it. Nothing more can be changed from here.
    </p>
    <a class="button primary" href="/">
      Your pages
    </a>
  </section>
)
