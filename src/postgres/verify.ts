import { isMark } from '../ports/marks.ts'
import type { Connection } from './connection.ts'
import type { Reader } from './reader.ts'

/** Rows looked at in one statement. */
const slice = 10_000
/** Findings that are reported; more would tell nobody more. */
const findingLimit = 100

/** Questions about the events of a slice of positions; each row of an answer is something that cannot be. */
const questions: readonly { readonly text: string; readonly finding: (place: string) => string }[] = [
  {
    text: `SELECT e.position::text FROM khata.event e WHERE e.position BETWEEN $1 AND $2
      AND e.position > 1 AND NOT EXISTS (SELECT 1 FROM khata.event ahead WHERE ahead.position = e.position - 1)`,
    finding: (place) => `position ${place} has none ahead of it: a gap`,
  },
  {
    text: `SELECT e.position::text FROM khata.event e WHERE e.position BETWEEN $1 AND $2
      AND e.recorded_at < (SELECT ahead.recorded_at FROM khata.event ahead WHERE ahead.position = e.position - 1)`,
    finding: (place) => `position ${place} was recorded before the one ahead of it`,
  },
  {
    text: `SELECT e.position || ' (' || e.category || '/' || e.stream_id || ', version ' || e.version || ')' FROM khata.event e
      WHERE e.position BETWEEN $1 AND $2 AND (e.version < 1 OR e.version > 1 AND NOT EXISTS (
        SELECT 1 FROM khata.event ahead WHERE ahead.tenant = e.tenant AND ahead.category = e.category
          AND ahead.stream_id = e.stream_id AND ahead.version = e.version - 1 AND ahead.position < e.position))`,
    finding: (place) => `position ${place} does not follow the version ahead of it`,
  },
  {
    text: `SELECT e.position::text FROM khata.event e WHERE e.position BETWEEN $1 AND $2
      AND e.position IS DISTINCT FROM (SELECT found.position FROM khata.event found WHERE found.id = e.id)`,
    finding: (place) => `position ${place} is not found by its id`,
  },
  {
    text: `SELECT e.position || ' (' || tag.value || ')'
      FROM khata.event e CROSS JOIN LATERAL json_array_elements_text(e.tags) AS tag
      WHERE e.position BETWEEN $1 AND $2 AND e.tags IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM khata.event_tag t WHERE t.tag = tag.value AND t.position = e.position)`,
    finding: (place) => `position ${place} is not found by its tag`,
  },
  {
    text: `SELECT e.position || ' (' || e.category || ', ' || e.type || ')' FROM khata.event e
      WHERE e.position BETWEEN $1 AND $2
        AND NOT EXISTS (SELECT 1 FROM khata.event_kind k WHERE k.category = e.category AND k.type = e.type)`,
    finding: (place) => `position ${place} is of a kind that is not listed`,
  },
]

const strayTags = `SELECT t.tag, t.position, EXISTS (
    SELECT 1 FROM khata.event e CROSS JOIN LATERAL json_array_elements_text(e.tags) AS named
    WHERE e.position = t.position AND e.tags IS NOT NULL AND named.value = t.tag)
  FROM khata.event_tag t WHERE (t.tag, t.position) > ($1, $2) ORDER BY t.tag, t.position LIMIT ${slice}`

async function ask(connection: Connection, text: string, ...values: number[]): Promise<string[]> {
  return (await connection.query<[string]>(text, values)).map(([place]) => place)
}

/** What holds for the store as a whole. */
async function wholeStore(connection: Connection): Promise<string[]> {
  const kinds = await ask(
    connection,
    `SELECT k.category || ', ' || k.type FROM khata.event_kind k WHERE NOT EXISTS (
      SELECT 1 FROM khata.event e WHERE e.category = k.category AND e.type = k.type)`,
  )
  const ahead = await ask(
    connection,
    `SELECT consumer || '/' || shard || ' (' || position || ')' FROM khata.checkpoint
      WHERE position > (SELECT coalesce(max(position), 0) FROM khata.event)`,
  )
  const triggers = await ask(
    connection,
    `SELECT t.relation || '.' || t.name FROM (
        VALUES ('khata.event', 'event_is_never_changed'), ('khata.event_tag', 'tag_is_never_changed')) AS t (relation, name)
      WHERE NOT EXISTS (SELECT 1 FROM pg_trigger g
        WHERE g.tgrelid = to_regclass(t.relation) AND g.tgname = t.name AND g.tgenabled IN ('O', 'A'))`,
  )
  return [
    ...kinds.map((kind) => `a kind without events is listed: ${kind}`),
    ...ahead.filter((checkpoint) => !isMark(checkpoint)).map((checkpoint) => `a checkpoint is ahead of the log: ${checkpoint}`),
    ...triggers.map((trigger) => `what keeps events from being changed is missing or switched off: ${trigger}`),
  ]
}

const endText = 'SELECT coalesce(max(position), 0) FROM khata.event'
/** About how many tags there are, for the progress: to count them would take as long as to look at them. */
const tagsText = "SELECT pg_relation_size('khata.event_tag') / 64"

/**
 * Looks for what cannot be, a slice at a time: gaps, versions out of order, ids, tags and kinds that do not agree with
 * their events, missing guards. Answers at most 100 findings.
 */
export async function verify(reader: Reader, progress?: (done: number, total: number) => void): Promise<readonly string[]> {
  const [head = 0] = (await reader.read((connection) => connection.query<[number]>(endText)))[0] ?? []
  const [tags = 0] = (await reader.read((connection) => connection.query<[number]>(tagsText)))[0] ?? []
  const total = Math.max(1, head + tags)
  const findings = await reader.read(wholeStore)

  for (let from = 1; from <= head && findings.length < findingLimit; from += slice) {
    const to = Math.min(head, from + slice - 1)
    for (const { text, finding } of questions) {
      findings.push(...(await reader.read((connection) => ask(connection, text, from, to))).map(finding))
    }
    progress?.(to, total)
  }

  let after: readonly [string, number] = ['', 0]
  for (let looked = head; findings.length < findingLimit; ) {
    const page = await reader.read((connection) => connection.query<[string, number, boolean]>(strayTags, after))
    for (const [tag, position, known] of page) {
      if (!known) findings.push(`the tag ${tag} points at ${position}, which has none such`)
    }
    const last = page.at(-1)
    if (!last) break
    after = [last[0], last[1]]
    looked += page.length
    progress?.(Math.min(looked, total), total)
  }
  progress?.(total, total)
  return findings.slice(0, findingLimit)
}
