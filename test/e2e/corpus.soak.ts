import { engines } from './browser.ts'
import { describeRealPages } from './corpus.ts'
import { realPages } from './corpus-pages.ts'

for (const engine of engines) describeRealPages(engine, new Set(realPages.map(({ name }) => name)))
