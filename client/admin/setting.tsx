import { useRef } from 'preact/hooks'
import type { Settings, SettingsView } from '../../shared/admin.ts'
import type { Office } from './office.ts'
import { Preview } from './preview.tsx'
import { useProposal } from './proposal.ts'

/** Settings that are on or off. */
export type Switch = 'publishing' | 'readableWhenOff' | 'membersPublish' | 'presence' | 'viewTracking'

interface SettingProps {
  office: Office
  name: Switch
  title: string
  /** What it is. */
  hint: string
  /** What holds, once it is on, or off. */
  saved: { on: string; off: string }
  settings: Settings
  onSaved: (view: SettingsView) => void
}

/** A switch that does nothing by itself: it shows what would happen, and that has to be saved. */
export function Setting({ office, name, title, hint, saved, settings, onSaved }: SettingProps) {
  const proposing = useProposal(office, settings, onSaved)
  const button = useRef<HTMLButtonElement>(null)
  const { proposal, propose, drop } = proposing
  const isOn = settings[name]
  const shown = proposal?.patch[name] ?? isOn
  const flip = () => {
    if (proposal?.isSaving) return
    if (proposal) drop()
    else propose({ [name]: !isOn })
  }
  return (
    <div class="setting">
      <div class="switching">
        <div>
          <h3 id={`${name}-title`}>{title}</h3>
          <p class="quiet" id={`${name}-hint`}>
            {hint}
          </p>
        </div>
        <span class={proposal ? 'state-words unsaved' : 'state-words'} aria-hidden="true">
          {shown ? 'On' : 'Off'}
          {proposal && ', not saved'}
        </span>
        <button
          ref={button}
          type="button"
          role="switch"
          class="switch"
          aria-checked={shown}
          aria-labelledby={`${name}-title`}
          aria-describedby={`${name}-hint`}
          onClick={flip}
        />
      </div>
      <Preview
        proposing={proposing}
        savedWords={isOn ? saved.on : saved.off}
        onCancel={() => button.current?.focus()}
        onUndo={propose}
        leadBack={() => button.current?.focus()}
      />
    </div>
  )
}
