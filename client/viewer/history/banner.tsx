import { useRef, useState } from 'preact/hooks'
import type { Sharing } from '../../../shared/api.ts'
import type { ViewedArtifact } from '../view.ts'
import { type Archive, sentenceOf } from './archive.ts'

interface BannerProps {
  artifact: ViewedArtifact & { latest: number }
  /** Of the version that is looked at. */
  number: number
  archive: Archive
  onStep: (by: number) => void
  onBack: () => void
  onCompare: () => void
}

/** Nobody is to take an older version for the page as it is now. */
export function Banner({ artifact, number, archive, onStep, onBack, onCompare }: BannerProps) {
  const { latest, role, pinned } = artifact
  /** The latest when the looking back began: what came after that has not been seen. */
  const began = useRef(latest)
  return (
    <section class="looking" aria-label="An older version">
      <p role="status">
        <b>
          You are looking at version {number} of {latest}
        </b>
        {latest > began.current && <span class="there">Version {latest} is there</span>}
      </p>
      <div class="steps">
        <button type="button" disabled={number === 1} aria-keyshortcuts="[" onClick={() => onStep(-1)}>
          <span aria-hidden="true">‹</span>
          <span class="sr">Version before</span>
        </button>
        <button type="button" aria-keyshortcuts="]" onClick={() => onStep(1)}>
          <span aria-hidden="true">›</span>
          <span class="sr">Next version</span>
        </button>
      </div>
      <div class="acts">
        {role === 'owner' && <ShareIt key={number} number={number} pinned={pinned} archive={archive} />}
        <button type="button" onClick={onCompare}>
          Compare
        </button>
        <button type="button" class="primary" onClick={onBack}>
          Back to latest
        </button>
      </div>
    </section>
  )
}

interface ShareItProps {
  number: number
  pinned: ViewedArtifact['pinned']
  archive: Archive
}

/** One click, said before what it does and after it how to take it back. */
function ShareIt({ number, pinned, archive }: ShareItProps) {
  const [before, setBefore] = useState<Sharing>()
  const [trouble, setTrouble] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const share = async (version: Sharing['version']) => {
    setIsBusy(true)
    setTrouble('')
    try {
      const was = await archive.share(version)
      setBefore(version === number ? was : undefined)
    } catch (error) {
      setTrouble(sentenceOf(error))
    }
    setIsBusy(false)
  }
  return (
    <>
      <span class="quiet" role="status">
        {trouble || (pinned === number && (before?.audience === 'private' ? whenShared : 'Viewers see this version.'))}
      </span>
      {pinned !== number && (
        <button
          type="button"
          disabled={isBusy}
          title={`Viewers stay on version ${number}, whatever you publish, until you choose another.`}
          onClick={() => void share(number)}
        >
          Share this version
        </button>
      )}
      {pinned === number && before && (
        <button type="button" disabled={isBusy} onClick={() => void share(before.version)}>
          Undo
        </button>
      )}
    </>
  )
}

const whenShared = 'People will see this version when you share the page.'
