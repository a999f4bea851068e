import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Http } from '../../network/http.ts'
import type { ViewedArtifact } from '../view.ts'
import type { Archive } from './archive.ts'
import { type Framing, Pane } from './pane.tsx'
import { Source } from './source.tsx'

export interface Comparison {
  from: number
  to: number
  /** The two beside each other, or what changed in their sources. */
  way: 'pages' | 'source'
}

interface CompareProps {
  artifact: ViewedArtifact & { latest: number }
  comparison: Comparison
  archive: Archive
  http: Http
  frames: Framing
  onChange: (comparison: Comparison) => void
  onClose: () => void
}

/** Over everything, until it is closed: the native dialog keeps the focus inside, and gives it back. */
export function Compare({ artifact, comparison, archive, http, frames, onChange, onClose }: CompareProps) {
  const { from, to, way } = comparison
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    dialog.current?.showModal()
    return () => dialog.current?.close()
  }, [])
  const pick = (change: Partial<Comparison>) => onChange({ ...comparison, ...change })
  const pane = { artifactId: artifact.id, archive, http, frames }
  return (
    <dialog ref={dialog} class="compare" aria-labelledby="compare" onClose={onClose}>
      <header>
        <h2 id="compare">Compare</h2>
        <div class="pair">
          <Picker label="From version" artifact={artifact} value={from} onPick={from => pick({ from })} />
          <span aria-hidden="true">→</span>
          <Picker label="To version" artifact={artifact} value={to} onPick={to => pick({ to })} />
        </div>
        <fieldset class="ways">
          <legend class="sr">How</legend>
          <Way way="pages" now={way} words="Side by side" onPick={way => pick({ way })} />
          <Way way="source" now={way} words="Source" onPick={way => pick({ way })} />
        </fieldset>
        <button type="button" class="close" onClick={onClose}>
          <span aria-hidden="true">×</span>
          <span class="sr">Close the comparison</span>
        </button>
      </header>
      {way === 'pages' ? (
        <div class="panes">
          <Pane {...pane} number={from} isSecond={false} />
          <Pane {...pane} number={to} isSecond={true} />
        </div>
      ) : (
        <Source archive={archive} from={from} to={to} />
      )}
    </dialog>
  )
}

interface PickerProps {
  label: string
  artifact: CompareProps['artifact']
  value: number
  onPick: (number: number) => void
}

const Picker = ({ label, artifact: { latest, pinned }, value, onPick }: PickerProps) => (
  <select aria-label={label} value={value} onChange={event => onPick(Number(event.currentTarget.value))}>
    {Array.from({ length: latest }, (_, index) => latest - index).map(number => (
      <option key={number} value={number}>
        Version {number}
        {number === latest ? ', latest' : number === pinned ? ', viewers see this' : ''}
      </option>
    ))}
  </select>
)

interface WayProps {
  way: Comparison['way']
  now: Comparison['way']
  words: string
  onPick: (way: Comparison['way']) => void
}

const Way = ({ way, now, words, onPick }: WayProps) => (
  <label>
    <input type="radio" name="way" checked={way === now} onChange={() => onPick(way)} />
    {words}
  </label>
)
