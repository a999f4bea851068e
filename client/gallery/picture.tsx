import { useEffect, useRef } from 'preact/hooks'
import type { Artifact } from '../../shared/api.ts'
import type { Stills } from './stills.ts'

/** The page as a still, and until there is one, or where there can be none, its icon. */
export function Picture({ artifact: { id, icon, shown }, stills }: { artifact: Artifact; stills: Stills }) {
  const element = useRef<HTMLDivElement>(null)
  const slot = useRef<ReturnType<Stills['add']>>(null)
  const { number, sha256, size } = shown
  useEffect(() => {
    const { current } = element
    if (!current) return
    slot.current = stills.add(current, { id, number, sha256, size })
    return () => stills.remove(current)
  }, [])
  useEffect(() => slot.current?.show({ id, number, sha256, size }), [sha256])
  return (
    <div class="picture" aria-hidden="true">
      <span class="icon">{icon}</span>
      <div class="still" ref={element} />
    </div>
  )
}
