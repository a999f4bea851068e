import type { SettingsView } from '../../shared/admin.ts'
import { useRead } from './read.ts'
import type { Shown } from './section.ts'
import { Setting } from './setting.tsx'
import { Unread } from './unread.tsx'

/** What is on and what is off. */
export function SettingsSection({ office }: Shown) {
  const { value, trouble, again, put } = useRead<SettingsView>(office, '/admin/settings')
  if (!value) return <Unread trouble={trouble} again={again} />
  const common = { office, settings: value.settings, onSaved: put }
  return (
    <>
      <section class="group" aria-labelledby="publishing-group">
        <h2 id="publishing-group">Who publishes</h2>
        <Setting
          {...common}
          name="publishing"
          title="Publishing"
          hint="Members may publish pages, and new versions of them."
          saved={{ on: 'Publishing is on.', off: 'Publishing is off. Nobody can publish.' }}
        />
        <Setting
          {...common}
          name="readableWhenOff"
          title="Pages stay open while publishing is off"
          hint="Otherwise all pages close with it, and open again with it."
          saved={{
            on: 'Pages can be opened, whether publishing is on or off.',
            off: 'While publishing is off, no page can be opened.',
          }}
        />
        <Setting
          {...common}
          name="membersPublish"
          title="Every member may publish"
          hint="Roles come first: who has one may do as it says. Owners always may."
          saved={{
            on: 'Every member may publish, unless their role says otherwise.',
            off: 'Only owners may publish, and members whose role says so.',
          }}
        />
      </section>
      <section class="group" aria-labelledby="looking-group">
        <h2 id="looking-group">Who looks</h2>
        <Setting
          {...common}
          name="presence"
          title="How many look at a page now"
          hint="Shown to everybody who has the page open: a number, no names."
          saved={{
            on: 'Open pages show how many look at them.',
            off: 'Open pages no longer show how many look at them.',
          }}
        />
        <Setting
          {...common}
          name="viewTracking"
          title="Who has looked, for authors"
          hint="The author of a page sees who has looked at it, and when."
          saved={{
            on: 'Authors see who has looked at their pages.',
            off: 'Authors do not see who has looked at their pages.',
          }}
        />
      </section>
    </>
  )
}
