/**
 * Compares a view with a fresh fold of the log, while both go on. A document behind a dead letter is compared as it was
 * before the letter's event. What differs counts only when it differs twice, at a later position and behind the same
 * dead letters.
 */
import { isDeepStrictEqual } from 'node:util'
import type { RecordedEvent } from '../model/recorded-event.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { Generation } from '../ports/work-store.ts'
import type { CompiledView } from './compiled-view.ts'
import { consumerOf } from './generations.ts'
import { messageOf } from './message-of.ts'
import { type RecordedSkips, recordedSkips } from './parked-documents.ts'
import { lettersOf } from './reactions/letters.ts'
import type { Tail } from './tail.ts'
import type { FreshView } from './views.ts'

type Document = Record<string, unknown> | null
/** At which event a document waits, by its id. */
type Waiting = ReadonlyMap<string, Position>
type Progress = (done: number, total: number) => void

const pageSize = 1_000
const maxFindings = 100
const maxRounds = 5
const defaultWaitMs = 60_000

/** Documents folded from the log alone. */
interface FreshFold {
  readonly documents: ReadonlyMap<string, Document>
  /** Those that cannot be folded, with what is wrong. */
  readonly failed: ReadonlyMap<string, string>
  /** Where documents waited when it was last folded on. */
  readonly waiting: Waiting
  readonly position: Position
  to(position: Position, waiting: Waiting): Promise<void>
}

/**
 * What differs between a view and a fresh fold of the log, at most 100 sentences.
 * @throws KhataError `still-processing` when the view does not catch up in time, `handler-failed` when its `key` fails
 */
export async function verifyView(
  { engine, tail }: { readonly engine: Engine; readonly tail: Tail },
  view: FreshView,
  progress: Progress = () => {},
  waitMs = defaultWaitMs,
): Promise<readonly string[]> {
  const findings = await differences(engine, tail, view, progress, waitMs)
  return findings.slice(0, maxFindings).map((finding) => `${view.compiled.name}: ${finding}`)
}

async function differences(
  engine: Engine,
  tail: Tail,
  view: FreshView,
  progress: Progress,
  waitMs: number,
): Promise<readonly string[]> {
  let { position: upTo } = await engine.events.head()
  let fold: FreshFold | null = null
  let found = new Map<string, string>()
  for (let round = 0; round < maxRounds; round++) {
    upTo = (await view.fresh({ after: upTo, waitMs })).position
    const { generation } = await view.fresh()
    const waiting = await waitingIn(engine, generation)
    const again: boolean = fold === null || moved(fold, waiting).size > 0
    if (!fold || again) fold = freshFold(tail, view.compiled, await recordedSkips(engine, view.compiled.name), progress)
    await fold.to(upTo, waiting)
    const before = found
    found = await compare(engine, generation, fold)
    const since = moved(fold, await waitingIn(engine, generation))
    for (const id of since) found.delete(id)
    if (since.size > 0) continue
    if (found.size === 0) break
    const lasting = !again && [...found.keys()].every((id) => before.has(id))
    if (lasting && (await engine.events.head()).position === upTo) break
  }
  return [...found.values()]
}

/** The documents of a generation that wait behind dead letters. */
async function waitingIn(engine: Engine, generation: Generation): Promise<Waiting> {
  const waiting = new Map<string, Position>()
  for await (const { lane, position } of lettersOf(engine).all(consumerOf(generation))) waiting.set(lane, position)
  return waiting
}

/** The documents that were parked, retried or discarded at an event behind which others are folded already. */
function moved(fold: FreshFold, now: Waiting): ReadonlySet<string> {
  const ids = new Set<string>()
  const reached = (position: Position | undefined): Position | undefined =>
    position !== undefined && position <= fold.position ? position : undefined
  for (const id of [...fold.waiting.keys(), ...now.keys()]) {
    if (reached(fold.waiting.get(id)) !== reached(now.get(id))) ids.add(id)
  }
  return ids
}

function freshFold(tail: Tail, view: CompiledView, skips: RecordedSkips, progress: Progress): FreshFold {
  const documents = new Map<string, Document>()
  const failed = new Map<string, string>()
  let waiting: Waiting = new Map()
  let folded = 0

  const foldOne = (event: RecordedEvent): void => {
    if (!view.handles(event.category, event.type)) return
    const seen = view.seen(event)
    for (const id of view.keys(seen)) {
      if (failed.has(id) || event.position >= (waiting.get(id) ?? Infinity) || skips.has(event, id)) continue
      try {
        documents.set(id, view.fold(documents.get(id) ?? null, seen, id))
      } catch (cause) {
        failed.set(id, `the document '${id}' cannot be folded at position ${event.position}: ${messageOf(cause)}`)
      }
    }
  }

  return {
    documents,
    failed,
    get waiting() {
      return waiting
    },
    get position() {
      return folded
    },
    async to(position, waitingNow) {
      waiting = waitingNow
      while (folded < position) {
        const page = await tail.read(folded, Math.min(pageSize, position - folded))
        for (const event of page.events) foldOne(event)
        folded = page.to
        progress(folded, position)
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
}

/** What is wrong with documents, by their id; those that have moved on since are passed over. */
async function compare(engine: Engine, generation: Generation, fold: FreshFold): Promise<Map<string, string>> {
  const found = new Map(fold.failed)
  const seen = new Set<string>()
  let after: { value: string | number | null; id: string } | undefined
  for (;;) {
    const page = await engine.views.find({
      generation: generation.id,
      where: [],
      ...(after ? { after } : {}),
      limit: pageSize,
    })
    for (const { id, body, position } of page) {
      seen.add(id)
      if (position > fold.position || fold.failed.has(id)) continue
      const expected = fold.documents.get(id) ?? null
      const actual = body === null ? null : (JSON.parse(body) as unknown)
      if (isDeepStrictEqual(actual, expected)) continue
      found.set(
        id,
        expected === null ? `the document '${id}' should not be there` : `the document '${id}' differs from a fresh fold`,
      )
    }
    const last = page.at(-1)
    if (page.length < pageSize || !last) break
    after = { value: last.value, id: last.id }
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const [id, document] of fold.documents) {
    if (document !== null && !seen.has(id) && !fold.failed.has(id)) found.set(id, `the document '${id}' is missing`)
  }
  return found
}
