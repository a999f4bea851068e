import { describeRealPages } from './corpus.ts'

/** Those that lean most on what engines do each in their own way; corpus.soak.ts has all. */
const firefox = ['lighthouse', 'vega']
const chromium = [...firefox, 'markmap', 'marp', 'mermaid', 'playwright', 'revealjs']

describeRealPages('chromium', new Set(chromium))
describeRealPages('firefox', new Set(firefox))
