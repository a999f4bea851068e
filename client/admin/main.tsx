import './styles.css'
import { render } from 'preact'
import { onSignOut } from '../elements/sign-out.ts'
import { browserNetwork } from '../network/browser.ts'
import { Office, type Standing } from './office.ts'
import { AdminScreen } from './screen.tsx'
import type { Boot } from './section.ts'

function start(root: HTMLElement, boot: Boot): void {
  let shown: Standing = 'owner'
  const office = new Office(browserNetwork(), standing => {
    if (standing === shown) return
    shown = standing
    draw()
  })
  const draw = (): void => render(<AdminScreen standing={shown} office={office} boot={boot} />, root)
  draw()
  onSignOut()
}

const root = document.getElementById('admin')
if (root?.dataset.boot) start(root, JSON.parse(root.dataset.boot))
