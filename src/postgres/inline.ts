import type { ViewWrite } from '../ports/view-store.ts'
import { checkpointIn, generationConsumer, moveCheckpoint } from './checkpoints.ts'
import { movedDocument, placeDocuments } from './documents.ts'
import type { Ledger } from './ledger.ts'

/** Whether an inline view has seen everything up to `head`, so that it may take part in the next commit. */
export function moveableInline(ledger: Ledger, generation: string, head: number): boolean {
  return checkpointIn(ledger, generationConsumer(generation), 0) === head
}

/** The first document of the views that take part that is no longer at the revision it was folded from. */
export function checkInline(
  ledger: Ledger,
  views: readonly ViewWrite[],
  takesPart: readonly boolean[],
): { readonly view: string; readonly id: string } | null {
  for (const [index, write] of views.entries()) {
    if (!takesPart[index]) continue
    const id = movedDocument(ledger, write)
    if (id !== null) return { view: write.generation, id }
  }
  return null
}

/** Takes the documents of the views that take part and moves their checkpoints to the new head. */
export function placeInline(ledger: Ledger, views: readonly ViewWrite[], takesPart: readonly boolean[], head: number): void {
  for (const [index, write] of views.entries()) {
    if (!takesPart[index]) continue
    placeDocuments(ledger, write, head)
    moveCheckpoint(ledger, generationConsumer(write.generation), 0, head)
  }
}
