import { limits } from '../../shared/limits.ts'
import { CommandLine } from '../elements/command-line.tsx'
import { counted } from './words.ts'

const hour = 60 * 60_000

/** Whoever opens it is that member: so it says what to do with it. */
export const SignInLink = ({ url, name }: { url: string; name: string }) => (
  <>
    <p class="quiet">
      Send <bdi>{name}</bdi> this link. It signs whoever opens it in as them, works once within{' '}
      {counted(limits.signInLink / hour, 'hour')}, and is shown only here and now.
    </p>
    <CommandLine line={url} />
  </>
)
