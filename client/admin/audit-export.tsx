import { useRef } from 'preact/hooks'
import { useAct } from './act.ts'
import type { Office } from './office.ts'

const formats = { jsonl: 'JSON Lines', csv: 'CSV' } as const

/**
 * A form, so that the browser saves what comes as it comes, however much that is. It would show a refusal in the place of
 * this page: so that is asked for first.
 */
export function AuditExport({ office, query }: { office: Office; query: URLSearchParams }) {
  const { trouble, act } = useAct()
  const form = useRef<HTMLFormElement>(null)
  const save = async (format: keyof typeof formats) => {
    const mayBe = await act(() => office.read(`/admin/audit?${query}&limit=1`))
    if (!mayBe || !form.current) return
    form.current.action = `/api/v1/admin/audit/export?${new URLSearchParams([...query, ['format', format]])}`
    form.current.submit()
  }
  return (
    <>
      <form class="export" method="post" ref={form}>
        <span class="quiet">Save all of these as</span>
        {Object.entries(formats).map(([format, name]) => (
          <button key={format} type="button" onClick={() => void save(format as keyof typeof formats)}>
            {name}
          </button>
        ))}
        <span class="quiet">That is recorded too.</span>
      </form>
      {trouble && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
    </>
  )
}
