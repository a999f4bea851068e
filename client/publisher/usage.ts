/** Something was asked for in a way that cannot be meant: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
