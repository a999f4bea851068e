/** What happens to the page that the viewer is on, beside what its user does in it. */
export interface Life {
  hidden(): boolean
  /**
   * `visibility`: hidden() may have changed. `wake`: the network or the clock jumped. `leave` and `return`: into the
   * back-forward cache, which an open socket would bar, and out of it.
   * @returns a function that ends the subscription
   */
  subscribe(listener: (event: 'visibility' | 'wake' | 'leave' | 'return') => void): () => void
}
