/** Dead letters are listed by consumer or by state, notes by kind: each is a range of an index, in order. */
export const reactionIndexes = `
CREATE INDEX dead_letter_by_consumer ON dead_letter (consumer, id);
CREATE INDEX dead_letter_in_state ON dead_letter (state, id);
CREATE INDEX note_by_kind ON note (kind, id);
`
