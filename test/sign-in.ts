/** What a sign-in link is good for, without a browser. @returns a Cookie header */
export async function signInWith(link: string): Promise<string> {
  const { origin, hash } = new URL(link)
  const answer = await fetch(`${origin}/api/v1/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: origin },
    body: JSON.stringify({ secret: hash.slice(1) }),
  })
  if (!answer.ok) throw new Error(`Could not sign in: ${await answer.text()}`)
  const cookies = answer.headers.getSetCookie().map(line => line.split(';', 1)[0])
  return cookies.join('; ')
}
