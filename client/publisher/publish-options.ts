import { type Command, Option } from 'commander'
import type { PublishQuery } from '../../shared/api.ts'
import type { CommonOptions } from './session.ts'

/** What decides which page a file becomes, and what is said of it. */
export interface PublishOptions extends CommonOptions, Pick<PublishQuery, 'title' | 'icon' | 'description' | 'note'> {
  /** The page to update, by its URL or id. */
  to?: string
  /** A new page, even if the file was published before. */
  new?: boolean
  /** Over whatever was published meanwhile. */
  force?: boolean
  /** No question before a new page. */
  yes?: boolean
}

export const withPublishOptions = (command: Command): Command =>
  command
    .option(
      '--to <page>',
      'publish a new version of this page (its URL or id), and of it from now on; over whatever is there, if you never published it from here',
    )
    .addOption(new Option('--new', 'publish a new page, even if the file was published before').conflicts('to'))
    .option('--force', 'publish over a version that you have not seen, of a page that you published from here')
    .option('--yes', 'do not ask before a new page is made')
    .option('--title <title>', "in place of the page's own")
    .option('--icon <emoji>', 'one emoji, for the tab and the header')
    .option('--description <text>', 'what the page is about')
    .option('--note <text>', 'what is new in this version')
