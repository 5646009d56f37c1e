/**
 * Some checkpoints are no places in this store's log: imports and copies leave in them how long a log will be, or that they
 * are under way. They may be ahead of the log of a sound store.
 */
const marks = ['copy/', 'import/']

/** Whether a checkpoint of this name is such a mark. */
export function isMark(consumer: string): boolean {
  return marks.some((mark) => consumer.startsWith(mark))
}
