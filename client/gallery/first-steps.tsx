import { CommandLine } from '../elements/command-line.tsx'

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
          <CommandLine line={`galley login ${publicUrl}`} />
        </li>
        <li>
          Publish a file. The command prints the page’s address, and the page appears here:
          <CommandLine line="galley publish report.html" />
        </li>
        <li>
          Publish the same file again for its next version, or let Galley do that whenever you save:
          <CommandLine line="galley watch report.html" />
        </li>
      </ol>
      <p class="quiet">
        Agents and CI jobs sign in with the environment instead, <code>GALLEY_URL</code> and <code>GALLEY_TOKEN</code>.
        Where the server runs, this makes a token that can publish and nothing else:
      </p>
      <CommandLine line={`galley token create --member ${email} --scope publish`} />
    </section>
  )
}
