import './styles.css'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Shown } from '../../../shared/api.ts'
import type { Http } from '../../network/http.ts'
import type { View, ViewedArtifact } from '../view.ts'
import { openArchive, shownOf } from './archive.ts'
import { Banner } from './banner.tsx'
import { Compare, type Comparison } from './compare.tsx'
import type { Framing } from './pane.tsx'
import { VersionsPanel } from './panel.tsx'
import { useVersions } from './versions.ts'

export interface HistoryProps {
  /** As a publisher sees it. */
  artifact: ViewedArtifact & { latest: number }
  view: View
  http: Http
  /** Whether the list is; that one looks at an older version is said all the same. */
  isOpen: boolean
  onClose(): void
  /** Undefined: at the latest, and at each that comes. */
  onLook(at: Shown | undefined): void
  frames: Framing
}

/** For publishers: every version, what changed between them, and who has seen which. */
export function History({ artifact, view, http, isOpen, onClose, onLook, frames }: HistoryProps) {
  const { id, latest, rev } = artifact
  const archive = useMemo(() => openArchive(http, id), [http, id])
  const versions = useVersions(archive, rev)
  const [compared, setCompared] = useState<Comparison>()
  /** On its way to the screen: steps are counted from here. */
  const goal = useRef<number | undefined>(undefined)
  const at = view.chosen ?? latest

  const look = async (number: number) => {
    if (number < 1 || number > latest) return
    goal.current = number
    const version =
      number === latest
        ? undefined
        : (versions.known?.find(known => known.number === number) ?? (await archive.version(number).catch(() => null)))
    // Another was asked for meanwhile, or this one is not to be had.
    if (goal.current !== number) return
    goal.current = undefined
    if (version !== null) onLook(version && shownOf(version))
  }
  const step = (by: number) => void look((goal.current ?? at) + by)
  useStepKeys(isOpen || view.chosen !== undefined, step)

  return (
    <>
      {view.chosen !== undefined && (
        <Banner
          artifact={artifact}
          number={view.chosen}
          archive={archive}
          onStep={step}
          onBack={() => onLook(undefined)}
          onCompare={() => setCompared({ from: at, to: latest, way: 'pages' })}
        />
      )}
      {isOpen && (
        <VersionsPanel
          artifact={artifact}
          at={at}
          since={[view.people, view.settings]}
          archive={archive}
          versions={versions}
          onLook={number => void look(number)}
          onChanges={number => setCompared({ from: number - 1, to: number, way: 'source' })}
          onClose={onClose}
        />
      )}
      {compared && (
        <Compare
          artifact={artifact}
          comparison={compared}
          archive={archive}
          http={http}
          frames={frames}
          onChange={setCompared}
          onClose={() => setCompared(undefined)}
        />
      )}
    </>
  )
}

/** `[` and `←`: the version before; `]` and `→`: the next. Not where keys are for typing, nor in what lies over the page. */
function useStepKeys(isOn: boolean, step: (by: number) => void): void {
  useEffect(() => {
    if (!isOn) return
    const onKey = ({ key, target, altKey, ctrlKey, metaKey }: KeyboardEvent) => {
      const by = { '[': -1, ArrowLeft: -1, ']': 1, ArrowRight: 1 }[key]
      if (by === undefined || altKey || ctrlKey || metaKey) return
      if (target instanceof Element && target.closest('input, select, textarea, dialog, [role=dialog]')) return
      step(by)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
}
