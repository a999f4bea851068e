// biome-ignore-all lint/style/noDefaultExport: so the plugin exports itself
declare module 'markdown-it-footnote' {
  import type { MarkdownIt } from 'markdown-it'

  const footnote: (md: MarkdownIt) => void

  export { footnote as default }
}
