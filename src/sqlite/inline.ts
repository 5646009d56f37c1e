import type { ViewWrite } from '../ports/view-store.ts'
import { generationConsumer, heldCheckpoint, moveCheckpoint } from './checkpoints.ts'
import { movedDocument, writeDocuments } from './documents.ts'
import type { Session } from './session.ts'

/** Whether an inline view has seen everything up to `head`, so that it may take part in the next commit. */
export function moveableInline(session: Session, generation: string, head: number): boolean {
  return heldCheckpoint(session, generationConsumer(generation), 0).position === head
}

/** The first document of the views that take part that is no longer at the revision it was folded from. */
export function checkInline(
  session: Session,
  views: readonly ViewWrite[],
  takesPart: readonly boolean[],
): { readonly view: string; readonly id: string } | null {
  for (const [index, write] of views.entries()) {
    if (!takesPart[index]) continue
    const id = movedDocument(session, write)
    if (id !== null) return { view: write.generation, id }
  }
  return null
}

/** Writes the documents of the views that take part and moves their checkpoints to the new head. */
export function writeInline(session: Session, views: readonly ViewWrite[], takesPart: readonly boolean[], head: number): void {
  for (const [index, write] of views.entries()) {
    if (!takesPart[index]) continue
    writeDocuments(session, write, head)
    moveCheckpoint(session, generationConsumer(write.generation), 0, head)
  }
}
