/**
 * A price in pence from decimal text, digit by digit and never through a floating-point number; or why it is refused.
 */
export function penceOf(text: string): number | string {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text.trim())
  const [, sign, whole = '', decimals = ''] = match ?? []
  if (!match || whole + decimals === '') return 'price is not a number'
  const cents = decimals.replace(/0+$/, '')
  if (sign === '-' || /^0*$/.test(whole + cents)) return 'price is not above zero'
  if (cents.length > 2) return 'price has more than two decimals'
  const pence = Number(whole + cents.padEnd(2, '0'))
  return Number.isSafeInteger(pence) ? pence : 'price is too large'
}
