import type { Warning } from '../../shared/api.ts'
import type { PageFile } from './page-file.ts'

/** What a server of this version would make of a page. */
export interface Preview {
  /** What the page calls itself. */
  title: string | undefined
  /** The complete document, in UTF-8. */
  page: Uint8Array
  /** What the sandbox will block. */
  warnings: Warning[]
  /** Warnings beyond `limits.warnings`, not listed. */
  moreWarnings: number
}

/**
 * Made here, by the server's own code: `bin/galley.ts`, which sees both sides, hands it in.
 * @throws GalleyError page_too_large | page_too_complex | not_utf8 | empty_page
 */
export type MakePreview = (page: PageFile, fallbackTitle: string) => Promise<Preview>
