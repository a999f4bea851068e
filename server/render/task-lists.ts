import type { MarkdownIt, Token } from 'markdown-it'

/** GFM's task list items: `[ ]` or `[x]` at the start of an item's first paragraph. */
export function taskLists(md: MarkdownIt): void {
  md.core.ruler.after('inline', 'task-lists', state => {
    const lists: Token[] = []
    for (const [index, token] of state.tokens.entries()) {
      if (token.type === 'bullet_list_open' || token.type === 'ordered_list_open') lists.push(token)
      else if (token.type === 'bullet_list_close' || token.type === 'ordered_list_close') lists.pop()
      const item = state.tokens[index - 2]
      const text = token.children?.[0]
      const mark = /^\[([ xX])\]\s/.exec(token.content)
      if (!mark || text?.type !== 'text' || !text.content.startsWith(mark[0].trimEnd())) continue
      if (item?.type !== 'list_item_open' || state.tokens[index - 1]?.type !== 'paragraph_open') continue
      text.content = text.content.slice(3)
      token.children?.unshift(checkbox(mark[1] !== ' ', new state.Token('html_inline', '', 0)))
      item.attrSet('class', 'task-list-item')
      lists.at(-1)?.attrSet('class', 'contains-task-list')
    }
  })
}

function checkbox(checked: boolean, token: Token): Token {
  const state = checked ? 'checked="" aria-label="Done"' : 'aria-label="To do"'
  token.content = `<input type="checkbox" disabled="" ${state}>`
  return token
}
