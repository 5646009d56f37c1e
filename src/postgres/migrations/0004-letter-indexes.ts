/**
 * Dead letters are counted for every probe and listed by consumer and state, notes by kind: each is a range of an index, in
 * order, so that none of it reads errors and stacks or gets slower with what is kept.
 */
export const letterIndexes = `
CREATE INDEX dead_letter_by_consumer ON khata.dead_letter (consumer, id);
CREATE INDEX dead_letter_by_state ON khata.dead_letter (consumer, state, id, parked_at);
CREATE INDEX dead_letter_in_state ON khata.dead_letter (state, id);
CREATE INDEX note_by_kind ON khata.note (kind, id);
`
