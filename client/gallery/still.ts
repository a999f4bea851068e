import { readStillDrawn, type StillPage, stillMessage } from '../../shared/still.ts'

/** A document of the content origin that draws pages without running them. */
export interface Still {
  show(bytes: ArrayBuffer): void
  close(): void
}

/**
 * Inert, and hidden until there is something to be seen: `data-drawn` on the slot.
 * @param slot holds nothing else
 * @param url of `/still`
 * @param bare told when there is nothing to be seen of the page
 */
export function openStill(slot: HTMLElement, url: string, bare: () => void): Still {
  const element = document.createElement('iframe')
  let port: MessagePort | undefined
  let page: StillPage | undefined

  const send = () => {
    if (page) port?.postMessage(page)
  }
  const greet = ({ source, data }: MessageEvent<unknown>) => {
    if (source === null || source !== element.contentWindow || data !== stillMessage) return
    port?.close()
    // When its row changes places, the browser loads it anew.
    delete slot.dataset.drawn
    const { port1, port2 } = new MessageChannel()
    port = port1
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      const drawn = readStillDrawn(data)
      if (drawn) slot.dataset.drawn = ''
      else if (drawn === false) bare()
    }
    // Its origin is opaque, so there is none to name; `source` was compared instead.
    element.contentWindow?.postMessage(null, '*', [port2])
    send()
  }
  addEventListener('message', greet)
  element.setAttribute('sandbox', 'allow-scripts')
  element.title = 'Still'
  element.tabIndex = -1
  element.inert = true
  element.referrerPolicy = 'no-referrer'
  element.src = url
  slot.append(element)

  return {
    show(bytes) {
      page = { bytes }
      send()
    },
    close() {
      removeEventListener('message', greet)
      port?.close()
      delete slot.dataset.drawn
      element.remove()
    },
  }
}
