import { useEffect, useMemo, useState } from 'preact/hooks'
import type { VersionDiff } from '../../../shared/api.ts'
import { limits } from '../../../shared/limits.ts'
import { readPatch } from '../../../shared/patch.ts'
import { type Archive, sentenceOf } from './archive.ts'
import { type Piece, piecesOf } from './pieces.ts'
import { type Fold, type LineRow, linesOf, rowsOf } from './rows.ts'

interface SourceProps {
  archive: Archive
  from: number
  to: number
}

/** What changed in what was published, line by line: always text, whatever it says. */
export function Source({ archive, from, to }: SourceProps) {
  const [diff, setDiff] = useState<VersionDiff>()
  const [trouble, setTrouble] = useState('')
  useEffect(() => {
    let isWanted = true
    setDiff(undefined)
    setTrouble('')
    archive.diff(from, to).then(
      diff => isWanted && setDiff(diff),
      error => isWanted && setTrouble(sentenceOf(error)),
    )
    return () => {
      isWanted = false
    }
  }, [archive, from, to])
  if (trouble) return <Says text={trouble} />
  if (!diff) return <Says text="Comparing …" />
  if (diff.unified === '') return <Says text={`Versions ${from} and ${to} have the same source.`} />
  return <Changes key={`${from} ${to}`} diff={diff} readSource={() => archive.source(to)} />
}

const Says = ({ text }: { text: string }) => (
  <p class="says" role="status">
    {text}
  </p>
)

function Changes({ diff, readSource }: { diff: VersionDiff; readSource: () => Promise<string> }) {
  const { from, to, unified, added, removed } = diff
  const hunks = useMemo(() => readPatch(unified), [unified])
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  const [source, setSource] = useState<readonly string[]>()
  const [most, setMost] = useState<number>(limits.diffRows)
  const [trouble, setTrouble] = useState('')
  const rows = useMemo(() => rowsOf(hunks, opened, source), [hunks, opened, source])
  const open = async (id: number) => {
    try {
      if (!source) setSource(linesOf(await readSource()))
      setOpened(before => new Set([...before, id]))
    } catch (error) {
      setTrouble(sentenceOf(error))
    }
  }
  return (
    <div class="source">
      <p class="counts">
        <span class="added">+{added.toLocaleString('en')}</span>{' '}
        <span class="removed">−{removed.toLocaleString('en')}</span>{' '}
        <span class="quiet">
          {added + removed === 1 ? 'line' : 'lines'} from version {from} to version {to}
        </span>
      </p>
      {trouble && (
        <p class="says" role="alert">
          {trouble}
        </p>
      )}
      <table>
        <caption class="sr">
          What changed from version {from} to version {to}
        </caption>
        <thead class="sr">
          <tr>
            <th>Line in version {from}</th>
            <th>Line in version {to}</th>
            <th>Change</th>
            <th>Text</th>
          </tr>
        </thead>
        <tbody>
          {rows
            .slice(0, most)
            .map(row =>
              row.kind === 'fold' ? (
                <FoldRow key={`fold ${row.id}`} fold={row} onOpen={() => void open(row.id)} />
              ) : (
                <Line key={`${row.old} ${row.now}`} line={row} />
              ),
            )}
        </tbody>
      </table>
      {rows.length > most && (
        <button type="button" class="more" onClick={() => setMost(most + limits.diffRows)}>
          Show more ({(rows.length - most).toLocaleString('en')} lines left)
        </button>
      )}
    </div>
  )
}

function FoldRow({ fold: { count }, onOpen }: { fold: Fold; onOpen: () => void }) {
  const lines = count === 1 ? '1 unchanged line' : `${count?.toLocaleString('en') ?? 'The'} unchanged lines`
  return (
    <tr class="fold">
      <td colSpan={4}>
        <button type="button" onClick={onOpen}>
          <span aria-hidden="true">⋯</span> {lines}
          {count === undefined && ' to the end'}
        </button>
      </td>
    </tr>
  )
}

const signs = { added: '+', removed: '−', same: '' }
const tags = { same: 'span', changed: 'mark', 'left out': 'i' } as const

const Line = ({ line: { kind, text, old, now, other, endless } }: { line: LineRow }) => (
  <tr class={kind}>
    <td class="number">{old}</td>
    <td class="number">{now}</td>
    <td class="sign">{signs[kind]}</td>
    <td>
      <code>{piecesOf(text, other, limits.diffLineChars).map(drawn)}</code>
      {endless && <i>no line end</i>}
    </td>
  </tr>
)

function drawn({ is, text }: Piece) {
  const Tag = tags[is]
  return <Tag>{text}</Tag>
}
