import { useEffect, useState } from 'preact/hooks'

/** How long a button says that it has copied. Milliseconds. */
const said = 2_000

/** While there is nothing to list. The first page that is published takes its place. */
export function FirstSteps({ publicUrl, email }: { publicUrl: string; email: string }) {
  return (
    <section class="empty">
      <h2>Publish your first page</h2>
      <p class="quiet">
        A page is one HTML or Markdown file. It gets a private address, and whoever has it open sees each new version in
        place.
      </p>
      <ol>
        <li>
          Sign in from a terminal, once:
          <Command line={`galley login ${publicUrl}`} />
        </li>
        <li>
          Publish a file. The command prints the page’s address, and the page appears here:
          <Command line="galley publish report.html" />
        </li>
        <li>
          Publish the same file again for its next version, or let Galley do that whenever you save:
          <Command line="galley watch report.html" />
        </li>
      </ol>
      <p class="quiet">
        Agents and CI jobs sign in with the environment instead, <code>GALLEY_URL</code> and <code>GALLEY_TOKEN</code>.
        Where the server runs, this makes a token that can publish and nothing else:
      </p>
      <Command line={`galley token create --member ${email} --scope publish`} />
    </section>
  )
}

function Command({ line }: { line: string }) {
  const [state, setState] = useState<'Copy' | 'Copied' | 'Not copied'>('Copy')
  useEffect(() => {
    if (state === 'Copy') return
    const timer = setTimeout(() => setState('Copy'), said)
    return () => clearTimeout(timer)
  }, [state])
  const copy = async () => {
    const copied = await navigator.clipboard.writeText(line).then(
      () => true,
      () => false,
    )
    setState(copied ? 'Copied' : 'Not copied')
  }
  return (
    <div class="command">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{line}</pre>
      <button type="button" aria-label={`${state}: ${line}`} onClick={() => void copy()}>
        {state}
      </button>
    </div>
  )
}
