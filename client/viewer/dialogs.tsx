import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { type OutLink, shortened } from './link.ts'
import { extensionOf, isDangerous, safeFileName, typeWords } from './saved-file.ts'
import { sizeWords } from './size.ts'

/** What the page asks of the person looking at it. One at a time: what it asks meanwhile is dropped. */
export type Question =
  | { kind: 'link'; link: OutLink }
  /** With a name and a type as the page gives them. */
  | { kind: 'save'; file: { name: string; type: string; bytes: Uint8Array<ArrayBuffer> } }

export interface DialogProps {
  question: Question
  /** Every way out of the dialog ends here. */
  onDone: (accepted: boolean) => void
}

export function Dialog({ question, onDone }: DialogProps) {
  return question.kind === 'link' ? (
    <LinkDialog link={question.link} onDone={onDone} />
  ) : (
    <SaveDialog file={question.file} onDone={onDone} />
  )
}

function LinkDialog({ link, onDone }: { link: OutLink; onDone: DialogProps['onDone'] }) {
  return (
    <Modal label="link" onRefuse={() => onDone(false)}>
      <h2 id="link">{link.kind === 'mail' ? 'This page wants to write a message to' : 'This link leads to'}</h2>
      <p class="target">{shortened(link.target)}</p>
      <p class="url">{shortened(link.url)}</p>
      <p class="quiet">
        {link.kind === 'mail'
          ? 'Your mail program opens with this message. Nothing is sent until you send it.'
          : 'It is outside Galley. It opens in a new tab, and is not told which page you came from.'}
      </p>
      <Choices onNo={() => onDone(false)}>
        <a
          class="button primary"
          href={link.url}
          rel="noopener noreferrer"
          {...(link.kind === 'web' && { target: '_blank' })}
          onClick={() => onDone(true)}
        >
          Open
        </a>
      </Choices>
    </Modal>
  )
}

function SaveDialog({
  file,
  onDone,
}: {
  file: Extract<Question, { kind: 'save' }>['file']
  onDone: DialogProps['onDone']
}) {
  const name = safeFileName(file.name)
  const save = () => {
    saveFile(name, file.bytes)
    onDone(true)
  }
  return (
    <Modal label="save" onRefuse={() => onDone(false)}>
      <h2 id="save">This page wants to save a file</h2>
      <p class="target">{name}</p>
      <p class="quiet">
        {sizeWords(file.bytes.byteLength)} · {typeWords(file.type)}
      </p>
      {isDangerous(name) && (
        <p class="warning">
          <b>Careful.</b> A .{extensionOf(name)} file can run when it is opened. Save it only if you trust whoever
          published this page.
        </p>
      )}
      <Choices onNo={() => onDone(false)}>
        <button type="button" class="primary" onClick={save}>
          Save
        </button>
      </Choices>
    </Modal>
  )
}

/**
 * The native dialog keeps the focus inside, closes on Escape, and gives the focus back to where it was: into the frame,
 * when it came from there.
 */
function Modal(props: { label: string; onRefuse: () => void; children: ComponentChildren }) {
  const { label, onRefuse, children } = props
  const ref = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    ref.current?.showModal()
    return () => ref.current?.close()
  }, [])
  return (
    <dialog ref={ref} aria-labelledby={label} onClose={onRefuse}>
      {children}
    </dialog>
  )
}

/** The harmless choice comes first, so that it has the focus: the page chose the moment, and a key may be on its way down. */
const Choices = ({ onNo, children }: { onNo: () => void; children: ComponentChildren }) => (
  <div class="choices">
    <button type="button" onClick={onNo}>
      Cancel
    </button>
    {children}
  </div>
)

/** As bytes of no type: whatever it is, the browser stores it and does not open it. */
function saveFile(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download has read the address by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
