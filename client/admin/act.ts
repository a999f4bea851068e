import { useRef, useState } from 'preact/hooks'
import type { Said } from './office.ts'

/** Something that is being done on somebody's word, one at a time. */
export interface Acting {
  isBusy: boolean
  /** Why it was not done. */
  trouble: string
  /** @returns what came of it; undefined when it was refused, which `trouble` then says, or something is under way */
  act: <T>(work: () => Promise<Said<T>>) => Promise<{ value: T } | undefined>
}

export function useAct(): Acting {
  const [isBusy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const busy = useRef(false)
  return {
    isBusy,
    trouble,
    async act(work) {
      if (busy.current) return undefined
      busy.current = true
      setBusy(true)
      setTrouble('')
      const said = await work()
      busy.current = false
      setBusy(false)
      if (said.ok) return { value: said.value }
      setTrouble(said.why)
      return undefined
    },
  }
}
