/**
 * Places of a transaction that does not know the head yet. It counts positions from {@link assumedHead}, above every real
 * one, and the statements that write them put the real head in its stead. Positions that were read are left as they are.
 */

/** Stands for the head before the transaction; no log grows up to it. */
export const assumedHead = 2 ** 52

/** Stands for the version of a stream that nobody asked for. */
export const assumedVersion = 2 ** 52

/** The real place, once the head or version that was assumed is known. */
export function actual(place: number, base: number): number {
  return place >= assumedHead ? place - assumedHead + base : place
}

/** A position of a write in SQL, beside {@link headBefore}. */
export function actualPosition(column: string): string {
  return `CASE WHEN ${column} >= ${assumedHead} THEN ${column} - ${assumedHead} + before.head ELSE ${column} END`
}

/** The head before the transaction, as a statement sees it that comes after the events; `count` of them were written. */
export function headBefore(count: string): string {
  return `(SELECT coalesce(max(position), 0) - ${count}::bigint AS head FROM khata.event) AS before`
}

/** A time that was given, or the server's. */
export function timeOr(given: string): string {
  return `coalesce(${given}::bigint, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)`
}
