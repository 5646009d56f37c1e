/** What to tell a person about something thrown: its message, and that of its cause. */
export function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? `${cause.message} ${cause.cause.message}` : cause.message
}
