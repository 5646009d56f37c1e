/**
 * An index of streams and versions was the dearest part of an append: callers write to as many of its pages as there are
 * streams at work, and every page goes to the disk twice. Instead each event names the one before it in its stream, and
 * `stream` knows the last: as many rows as there are streams, so that those at work share few pages. `stream_mark` has every
 * 64th event of a stream, so that reading from the middle of a long one does not begin at its end.
 */
export const streamChain = `
CREATE TABLE stream (
  tenant TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL,
  stream_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER,
  PRIMARY KEY (tenant, category, stream_id)
) STRICT, WITHOUT ROWID;
INSERT INTO stream (tenant, category, stream_id, version, position)
SELECT tenant, category, stream_id, max(version), max(position) FROM event GROUP BY tenant, category, stream_id;

CREATE TABLE stream_mark (
  tenant TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL,
  stream_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (tenant, category, stream_id, version)
) STRICT, WITHOUT ROWID;
INSERT INTO stream_mark (tenant, category, stream_id, version, position)
SELECT tenant, category, stream_id, version, position FROM event WHERE version % 64 = 0;

CREATE TABLE event_chained (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  tenant TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL,
  stream_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  previous INTEGER,
  type TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  occurred_at INTEGER,
  command_id TEXT,
  correlation_id TEXT,
  tags TEXT,
  metadata TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;
INSERT INTO event_chained (position, id, tenant, category, stream_id, version, previous, type, schema_version, recorded_at,
  occurred_at, command_id, correlation_id, tags, metadata, data)
SELECT position, id, tenant, category, stream_id, version,
  (SELECT ahead.position FROM event AS ahead WHERE ahead.tenant = event.tenant AND ahead.category = event.category
    AND ahead.stream_id = event.stream_id AND ahead.version = event.version - 1),
  type, schema_version, recorded_at, occurred_at, command_id, correlation_id, tags, metadata, data
FROM event ORDER BY position;
DROP TABLE event;
ALTER TABLE event_chained RENAME TO event;

CREATE INDEX event_by_kind ON event (category, type);
CREATE INDEX event_by_command ON event (command_id) WHERE command_id IS NOT NULL;
CREATE INDEX event_by_correlation ON event (correlation_id) WHERE correlation_id IS NOT NULL;

CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'events are never changed'); END;

CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'events are never deleted'); END;

-- FAIL, not ABORT, here and in the statement that inserts: nothing was written yet that could be taken back, and SQLite
-- then keeps no journal for the statement, which would double the cost of an insert. The call of any function, such as
-- changes() to learn whether a stream was moved, brings that journal back.
CREATE TRIGGER event_is_only_appended BEFORE INSERT ON event
BEGIN
  SELECT raise(FAIL, 'events are only appended, at the next position and version and under a new id')
  WHERE new.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM event)
    OR EXISTS (SELECT 1 FROM event WHERE id = new.id)
    OR NOT EXISTS (
      SELECT 1 FROM stream WHERE tenant = new.tenant AND category = new.category AND stream_id = new.stream_id
        AND version = new.version - 1 AND position IS new.previous);
  UPDATE stream SET version = new.version, position = new.position
  WHERE tenant = new.tenant AND category = new.category AND stream_id = new.stream_id;
END;
`
