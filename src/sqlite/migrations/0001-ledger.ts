/** The log, what guards it, and what consumers, commands and views remember. */
export const ledger = `
CREATE TABLE ledger (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  store_id TEXT NOT NULL,
  epoch TEXT NOT NULL,
  home TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE event (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  tenant TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL,
  stream_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  occurred_at INTEGER,
  command_id TEXT,
  correlation_id TEXT,
  tags TEXT,
  metadata TEXT NOT NULL,
  data TEXT NOT NULL,
  UNIQUE (tenant, category, stream_id, version)
) STRICT;

CREATE INDEX event_by_kind ON event (category, type);
CREATE INDEX event_by_command ON event (command_id) WHERE command_id IS NOT NULL;
CREATE INDEX event_by_correlation ON event (correlation_id) WHERE correlation_id IS NOT NULL;

CREATE TABLE event_tag (
  tag TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_kind (
  category TEXT NOT NULL,
  type TEXT NOT NULL,
  PRIMARY KEY (category, type)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'events are never changed'); END;

CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'events are never deleted'); END;

-- FAIL, not ABORT, here and in the statement that inserts: nothing was written yet that could be taken back, and SQLite
-- then keeps no journal for the statement, which would double the cost of an insert.
CREATE TRIGGER event_is_only_appended BEFORE INSERT ON event
WHEN new.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM event)
  OR new.version IS NOT (
    SELECT coalesce(max(version), 0) + 1 FROM event
    WHERE tenant = new.tenant AND category = new.category AND stream_id = new.stream_id)
  OR EXISTS (SELECT 1 FROM event WHERE id = new.id)
BEGIN SELECT raise(FAIL, 'events are only appended, at the next position and version and under a new id'); END;

CREATE TABLE command (
  tenant TEXT NOT NULL DEFAULT '',
  principal TEXT NOT NULL,
  command TEXT NOT NULL,
  key TEXT NOT NULL,
  input_hash TEXT NOT NULL,
  receipt TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (tenant, principal, command, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX command_by_expiry ON command (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE snapshot (
  tenant TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL,
  stream_id TEXT NOT NULL,
  state_version INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  version INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (tenant, category, stream_id, state_version, fingerprint)
) STRICT;

CREATE TABLE checkpoint (
  consumer TEXT NOT NULL,
  shard INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (consumer, shard)
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  token INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE generation (
  id TEXT PRIMARY KEY,
  view TEXT NOT NULL,
  version INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  error TEXT
) STRICT;
CREATE INDEX generation_by_view ON generation (view);

CREATE TABLE view_shape (
  generation TEXT PRIMARY KEY,
  shape TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`
