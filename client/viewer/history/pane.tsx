import { useEffect, useRef, useState } from 'preact/hooks'
import type { Version } from '../../../shared/api.ts'
import { Ago } from '../../elements/ago.tsx'
import type { Http } from '../../network/http.ts'
import { fetchBody } from '../body.ts'
import { createFrameHost, type FrameHost, type FrameHostOptions } from '../swap.ts'
import { type Archive, sentenceOf, shownOf } from './archive.ts'

/** How the viewer's own pages are framed: two beside each other are in no other way. */
export type Framing = Pick<FrameHostOptions, 'contentOrigins' | 'frameVersion' | 'on'>

interface PaneProps {
  artifactId: string
  number: number
  /** Begins on another content origin: what stands beside each other should not share a process. */
  isSecond: boolean
  archive: Archive
  http: Http
  frames: Framing
}

/** One of two versions beside each other, in a sandbox as the viewer's own. */
export function Pane({ artifactId, number, isSecond, archive, http, frames }: PaneProps) {
  const container = useRef<HTMLDivElement>(null)
  const host = useRef<FrameHost | undefined>(undefined)
  const [version, setVersion] = useState<Version>()
  const [trouble, setTrouble] = useState('')
  useEffect(() => {
    if (!container.current) return
    const { contentOrigins, frameVersion, on } = frames
    const opened = createFrameHost({
      container: container.current,
      contentOrigins: isSecond ? contentOrigins.toReversed() : contentOrigins,
      frameVersion,
      hash: '',
      on: {
        ...on,
        shown: () => setTrouble(''),
        failed: () => setTrouble('This version could not be shown.'),
        pending: isPending => isPending && opened.takeNow(),
        height: () => {},
        flood: () => {},
      },
    })
    host.current = opened
    return () => opened.close()
  }, [isSecond, frames])
  useEffect(() => {
    const leaving = new AbortController()
    const { signal } = leaving
    const show = async () => {
      const version = await archive.version(number)
      signal.throwIfAborted()
      setVersion(version)
      const options = { ...http, signal, progress: () => {} }
      const body = await fetchBody({ artifactId, of: shownOf(version), way: { kind: 'page' } }, options)
      if (!('page' in body)) throw new Error('This version could not be fetched.')
      host.current?.show(body.page)
    }
    show().catch(error => {
      if (!signal.aborted) setTrouble(sentenceOf(error))
    })
    return () => leaving.abort()
  }, [archive, artifactId, http, number])
  const about = version?.number === number ? version : undefined
  return (
    <section class="pane" aria-label={`Version ${number}`}>
      <p>
        <b>Version {number}</b>
        {about && (
          <span class="quiet">
            <bdi>{about.author.name}</bdi> · <Ago at={Date.parse(about.createdAt)} />
            {about.note && ` · ${about.note}`}
          </span>
        )}
      </p>
      {trouble && (
        <p class="says" role="alert">
          {trouble}
        </p>
      )}
      <div class="frames" ref={container} />
    </section>
  )
}
