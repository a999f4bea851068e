/** What an error says itself. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
