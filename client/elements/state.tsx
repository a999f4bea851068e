/** How the page is connected. `status` is its class: theme.css has the colours. */
export const State = ({ status, words }: { status: string; words: string }) => (
  <p class={`state ${status}`}>
    <span class="dot" />
    {words}
  </p>
)
