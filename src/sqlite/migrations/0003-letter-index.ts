/** Dead letters are counted for every probe, and listed by state: neither may read their errors and stacks. */
export const letterIndex = `
CREATE INDEX dead_letter_by_state ON dead_letter (consumer, state, id, parked_at);
`
