import type { Reading } from './read.ts'

/** In the place of what is not read yet, or could not be. */
export const Unread = ({ trouble, again }: Pick<Reading<unknown>, 'trouble' | 'again'>) =>
  trouble ? (
    <p class="amiss" role="alert">
      <span>{trouble}</span>
      <button type="button" onClick={again}>
        Try again
      </button>
    </p>
  ) : (
    <p class="quiet loading">Loading …</p>
  )
