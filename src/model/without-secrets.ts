/** A store's URL as messages show it: without password and parameters. */
export function withoutSecrets(url: string): string {
  if (!url.includes('//')) return url
  // A password may hold an @ itself: what is before the last one is nobody's business.
  if (!URL.canParse(url)) return url.replace(/\/\/.*@/s, '//…@').replace(/\?.*$/s, '')
  const { protocol, username, host, pathname } = new URL(url)
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`
}
