/** What reactors, processes and schedules remember. */
export const reactions = `
CREATE TABLE khata.dead_letter (
  id text COLLATE "C" PRIMARY KEY,
  consumer text COLLATE "C" NOT NULL,
  lane text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  event_id text NOT NULL,
  event_type text NOT NULL,
  state text NOT NULL,
  error text NOT NULL,
  stack text,
  attempts integer NOT NULL,
  code_version text,
  correction text,
  parked_at bigint NOT NULL,
  changed_at bigint NOT NULL,
  UNIQUE (consumer, lane)
);

CREATE TABLE khata.timer (
  id text COLLATE "C" PRIMARY KEY,
  consumer text COLLATE "C" NOT NULL,
  due_at bigint NOT NULL,
  body text NOT NULL
);
CREATE INDEX timer_by_due_time ON khata.timer (due_at, id);
CREATE INDEX timer_by_consumer ON khata.timer (consumer, due_at, id);

CREATE TABLE khata.consumer (
  name text COLLATE "C" PRIMARY KEY,
  state text NOT NULL,
  reason text,
  changed_at bigint NOT NULL
);

CREATE TABLE khata.note (
  id text COLLATE "C" PRIMARY KEY,
  at bigint NOT NULL,
  kind text NOT NULL,
  consumer text,
  event_id text COLLATE "C",
  principal text,
  detail text NOT NULL
);
CREATE INDEX note_by_event ON khata.note (event_id, id) WHERE event_id IS NOT NULL;
`
