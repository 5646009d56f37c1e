import { randomUUID } from 'node:crypto'
import { commit } from './commit.ts'
import { dropView } from './drop-view.ts'
import { rememberCommands } from './import-commands.ts'
import { importEvents } from './import-log.ts'
import type { Job, JobAnswers } from './job.ts'
import { giveLease, takeLease } from './leases.ts'
import type { Session } from './session.ts'
import { prepareView } from './view-table.ts'

/** Performs one job inside the running transaction. `careful`: look for repeated events before anything else. */
export function perform(session: Session, job: Job, now: number, careful: boolean): JobAnswers[Job['kind']] {
  switch (job.kind) {
    case 'commit':
      return commit(session, job.commit, now, careful)
    case 'import':
      importEvents(session, job.events)
      return null
    case 'remember':
      rememberCommands(session, job.commands)
      return null
    case 'lease':
      return takeLease(session, job, now)
    case 'release':
      giveLease(session, job.proof)
      return null
    case 'prepare':
      prepareView(session, job.shape)
      return null
    case 'drop':
      return dropView(session, job.generation)
    case 'adopt':
      session.sql('UPDATE ledger SET epoch = ?, home = ?').run(randomUUID(), job.home)
      return null
  }
}
