/** What reactors, processes and schedules remember. */
export const reactions = `
CREATE TABLE dead_letter (
  id TEXT PRIMARY KEY,
  consumer TEXT NOT NULL,
  lane TEXT NOT NULL,
  position INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  state TEXT NOT NULL,
  error TEXT NOT NULL,
  stack TEXT,
  attempts INTEGER NOT NULL,
  code_version TEXT,
  correction TEXT,
  parked_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  UNIQUE (consumer, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE timer (
  id TEXT PRIMARY KEY,
  consumer TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_by_due_time ON timer (due_at, id);
CREATE INDEX timer_by_consumer ON timer (consumer, due_at);

CREATE TABLE consumer (
  name TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  reason TEXT,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  consumer TEXT,
  event_id TEXT,
  principal TEXT,
  detail TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX note_by_event ON note (event_id, id) WHERE event_id IS NOT NULL;
`
