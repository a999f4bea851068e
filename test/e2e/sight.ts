/**
 * What somebody who has a page open sees, in words. Runs in the browser.
 * @returns `version 2` · `version 3, viewers see version 2` (a publisher of a pinned page) · `You can’t see this page` …,
 *   then what else they may do or are told: `, may publish` · `, 1 asks`
 */
export function sight(): string {
  const [instead, facts, asking] = ['.instead h1', '.facts', '.share .badge'].map(
    selector => document.querySelector(selector)?.textContent,
  )
  if (instead) return instead
  const [number] = /version \d+/.exec(facts ?? '') ?? []
  const states = [...document.querySelectorAll<HTMLElement>('.frames iframe')].map(frame => frame.dataset.state)
  // Also while one version takes the place of another.
  if (number === undefined || states.sort().join() !== 'shown,spare') return 'nothing yet'
  const [pinned] = /viewers see version \d+/.exec(facts ?? '') ?? []
  const isEditor = document.querySelector('.tool.versions') && !document.querySelector('header .share')
  return [number, pinned, isEditor && 'may publish', asking && `${asking} asks`].filter(Boolean).join(', ')
}
