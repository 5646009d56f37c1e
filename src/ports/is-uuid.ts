const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether a text is an id that an event can have, in either case. */
export function isUuid(text: string): boolean {
  return uuidText.test(text)
}
