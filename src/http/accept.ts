/** How much an `Accept` header wants a media type, 0 to 1; the most specific range that fits decides. */
function quality(accept: string, type: string): number {
  const [family] = type.split('/', 1)
  let best = { specific: -1, quality: 0 }
  for (const range of accept.split(',')) {
    const [name = '', ...settings] = range.split(';').map((part) => part.trim().toLowerCase())
    const specific = [`*/*`, `${family}/*`, type].indexOf(name)
    if (specific > best.specific) best = { specific, quality: weightOf(settings) }
  }
  return best.quality
}

function weightOf(settings: readonly string[]): number {
  const text = settings.find((setting) => setting.startsWith('q='))?.slice(2)
  const weight = text === undefined ? 1 : Number(text)
  return weight >= 0 && weight <= 1 ? weight : 0
}

/** The type that is wanted most, the first of equals; null when none is acceptable. Without a header, the first. */
export function preferred<Type extends string>(accept: string | undefined, types: readonly [Type, ...Type[]]): Type | null {
  if (accept === undefined || accept.trim() === '') return types[0]
  let best: { readonly type: Type | null; readonly quality: number } = { type: null, quality: 0 }
  for (const type of types) {
    const wanted = quality(accept, type)
    if (wanted > best.quality) best = { type, quality: wanted }
  }
  return best.type
}
