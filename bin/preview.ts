import type { MakePreview } from '../client/publisher/preview.ts'

/** The server's press, for the publishing commands: it needs no database, and is loaded only when it is asked. */
export const preview: MakePreview = async ({ body, type }, fallbackTitle) => {
  const { previewNow } = await import('../server/render/prove.ts')
  return previewNow({ body, bodyEncoding: 'identity', type, fallbackTitle })
}
