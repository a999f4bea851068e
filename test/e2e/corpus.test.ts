import { describeRealPages } from './corpus.ts'

/** Those that lean most on what engines do each in their own way; corpus.soak.ts has all. */
const firefox = ['lighthouse', 'markmap', 'playwright', 'vega']
const chromium = [...firefox, 'cucumber', 'marp', 'mermaid', 'revealjs', 'source-map-explorer']

describeRealPages('chromium', new Set(chromium))
describeRealPages('firefox', new Set(firefox))
