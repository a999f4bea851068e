import { useEffect, useRef, useState } from 'preact/hooks'
import type { Settings, SettingsEffects, SettingsView } from '../../shared/admin.ts'
import { type Change, type Foretold, foretell } from './effects.ts'
import type { Office } from './office.ts'

/** A change that is not made yet. */
export interface Proposal {
  patch: Change
  /** What it will do; undefined while that is being asked. */
  foretold: Foretold | undefined
  /** Why that is not known, or why it was not saved. */
  trouble: string
  isSaving: boolean
}

export interface Proposing {
  proposal: Proposal | undefined
  /** Asks what it would do, in place of what was proposed before. */
  propose: (patch: Change) => void
  drop: () => void
  /** Makes the change. What is refused stays proposed. */
  save: () => void
  /** What has just been saved, taken back. */
  undo: Change | undefined
}

/** @param onSaved with what holds now */
export function useProposal(office: Office, settings: Settings, onSaved: (view: SettingsView) => void): Proposing {
  const [proposal, setProposal] = useState<Proposal>()
  const [saved, setSaved] = useState<{ settings: Settings; undo: Change }>()
  const turn = useRef(0)
  useEffect(() => () => void turn.current++, [])
  useEffect(() => {
    // Settings are others than those it was asked for: saved in another place of this page, or by another owner.
    if (!proposal || proposal.isSaving) return
    if (isSo(settings, proposal.patch)) drop()
    else void propose(proposal.patch, proposal.foretold)
  }, [settings])

  const propose = async (patch: Change, known?: Foretold): Promise<void> => {
    const mine = ++turn.current
    const draft = { patch, foretold: known, trouble: '', isSaving: false }
    setProposal(draft)
    const said = await office.send<SettingsEffects>('POST', '/admin/settings/preview', patch)
    if (mine !== turn.current) return
    setProposal(
      said.ok
        ? { ...draft, foretold: foretell(settings, patch, said.value, Date.now()) }
        : { ...draft, trouble: said.why },
    )
  }
  const save = async (): Promise<void> => {
    if (!proposal?.foretold || proposal.isSaving) return
    const mine = ++turn.current
    setProposal({ ...proposal, trouble: '', isSaving: true })
    const said = await office.send<SettingsView>('PATCH', '/admin/settings', proposal.patch)
    if (mine !== turn.current) return
    if (!said.ok) return setProposal({ ...proposal, trouble: said.why, isSaving: false })
    setProposal(undefined)
    setSaved({ settings: said.value.settings, undo: inverse(settings, proposal.patch) })
    onSaved(said.value)
  }
  const drop = (): void => {
    turn.current++
    setProposal(undefined)
  }
  return {
    proposal,
    propose: patch => void propose(patch),
    drop,
    save: () => void save(),
    undo: saved?.settings === settings && !proposal ? saved.undo : undefined,
  }
}

const isSo = (settings: Settings, patch: Change): boolean =>
  Object.entries(patch).every(([name, value]) => settings[name as keyof Settings] === value)

const inverse = (settings: Settings, patch: Change): Change =>
  Object.fromEntries(Object.keys(patch).map(name => [name, settings[name as keyof Settings]]))
