import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { Examination, Finding, Measure } from '../ports/examination.ts'
import { holdersOf } from '../runtime/members.ts'
import { feedingPrefix, shardLease } from '../runtime/shares.ts'

const countedLetters = 1_000

/** Examines how far views, reactors and processes are behind. Who is behind is looked at again `afterMs` later. */
export async function examineLag(store: Engine, afterMs: number): Promise<Examination> {
  const { position: head } = await store.events.head()
  const findings: Finding[] = []
  const measures: Measure[] = []
  const behind: { readonly name: string; readonly consumer: string; readonly position: number; readonly role: string }[] = []
  const examineOne = async (name: string, consumer: string, role: string): Promise<void> => {
    const position = await placeOf(store, consumer)
    measures.push({ about: 'lag', name, value: Math.max(0, head - position), unit: 'rows' })
    if (position < head) behind.push({ name, consumer, position, role })
    if (position <= head) return
    findings.push({
      weight: 'problem',
      about: 'lag',
      found: `${name} is at ${position}, ahead of the log, which ends at ${head}: events were lost.`,
      advice: 'Restore a whole backup; the log must not be restored without the rest of its schema.',
    })
  }

  const generations = await store.work.generations()
  const live = new Map(generations.filter(({ state }) => state === 'live').map((one) => [one.view, one]))
  for (const [view, { id }] of live) await examineOne(`view/${view}`, `view/${id}`, 'projections')
  for (const { view, error, state } of generations) {
    if (state !== 'failed') continue
    const advice = `Correct the projection, deploy, then run: khata projections rebuild ${view}`
    findings.push({ weight: 'advice', about: 'views', found: `A rebuild of ${view} failed: ${error}`, advice })
  }
  for (const { name, state, reason } of await store.reactions.consumers()) {
    if (state === 'running') await examineOne(name, name, 'reactors')
    else {
      const found = `${name} is ${state}: ${reason ?? 'no reason was given'}.`
      findings.push({ weight: 'problem', about: 'lag', found, advice: `When it may go on: khata consumers resume ${name}` })
    }
  }
  for (const { consumer, state, count } of await store.reactions.deadLetterCounts()) {
    if (state !== 'parked') continue
    const found = `${Math.min(count, countedLetters)}${count > countedLetters ? ' or more' : ''} dead letters of ${consumer} wait for somebody.`
    findings.push({
      weight: 'problem',
      about: 'dead letters',
      found,
      advice: 'See why with khata dead-letters, then retry or discard them.',
    })
  }
  if (behind.length > 0) await new Promise((resolve) => setTimeout(resolve, afterMs))
  for (const { name, consumer, position, role } of behind) {
    if ((await placeOf(store, consumer)) !== position) continue
    findings.push({
      weight: 'problem',
      about: 'lag',
      found: `${name} stands still, ${head - position} events behind${await ownersOf(store, consumer)}.`,
      advice: `Look whether a process with the role ${role} runs, and at its log.`,
    })
  }
  return { measures, findings }
}

/** A view is as far as its last shard; shard 0 of a consumer is how far it is, and others hold where it began. */
async function placeOf(store: Engine, consumer: string): Promise<Position> {
  const shards = await store.work.checkpoints(consumer)
  return consumer.startsWith('view/') ? Math.min(...(shards.size > 0 ? shards.values() : [0])) : (shards.get(0) ?? 0)
}

/** Who has the shards of a view, as the end of a sentence; nothing for other consumers. */
async function ownersOf(store: Engine, consumer: string): Promise<string> {
  const [kind, generation] = consumer.split('/')
  if (kind !== 'view') return ''
  const shards = Math.max(1, (await store.work.checkpoints(consumer)).size)
  const { holders } = holdersOf(await store.work.leases(feedingPrefix))
  const owners = Array.from({ length: shards }, (_, shard) => holders.get(shardLease({ id: generation as string }, shard)))
  const free = owners.filter((owner) => owner === undefined).length
  const processes = new Set(owners.flatMap((owner) => (owner === undefined ? [] : [owner.split(':').slice(0, 2).join(':')])))
  if (free === shards) return '; nobody feeds it'
  return `; it is fed by ${[...processes].join(', ')}${free > 0 ? `, and ${free} of its ${shards} shards by nobody` : ''}`
}
