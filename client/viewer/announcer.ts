/** A page that changes every second must not talk all day: the newest sentence, this often at most. Milliseconds. */
const pause = 10_000

/**
 * Sentences for a screen reader: the first at once, and of those that follow within the pause only the last.
 * @param say puts the sentence into the live region
 */
export function createAnnouncer(say: (sentence: string) => void): (sentence: string) => void {
  let waiting: string | undefined
  let resting = false

  const speak = (sentence: string): void => {
    say(sentence)
    resting = true
    setTimeout(() => {
      resting = false
      if (waiting === undefined) return
      const next = waiting
      waiting = undefined
      speak(next)
    }, pause)
  }

  return sentence => {
    if (resting) waiting = sentence
    else speak(sentence)
  }
}
