/** The log, what guards it, and what consumers, commands and views remember. */
export const ledger = `
CREATE TABLE khata.ledger (
  one integer PRIMARY KEY CHECK (one = 1),
  store_id text NOT NULL,
  epoch text NOT NULL,
  home text NOT NULL,
  created_at bigint NOT NULL
);

CREATE TABLE khata.event (
  position bigint PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  recorded_at bigint NOT NULL,
  occurred_at bigint,
  version bigint NOT NULL CHECK (version > 0),
  schema_version integer NOT NULL,
  tenant text COLLATE "C" NOT NULL DEFAULT '',
  category text COLLATE "C" NOT NULL,
  stream_id text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  command_id text COLLATE "C",
  correlation_id text COLLATE "C",
  tags json,
  metadata json NOT NULL,
  data json NOT NULL,
  CONSTRAINT event_version UNIQUE (tenant, category, stream_id, version)
);

-- The sum keeps the planner from walking the primary key instead, which it does for a common type that is rare here.
CREATE INDEX event_by_kind ON khata.event (category, type, (position + 0));
CREATE INDEX event_by_command ON khata.event (command_id) WHERE command_id IS NOT NULL;
CREATE INDEX event_by_correlation ON khata.event (correlation_id) WHERE correlation_id IS NOT NULL;

CREATE TABLE khata.event_tag (
  tag text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (tag, position)
);

CREATE TABLE khata.event_kind (
  category text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  PRIMARY KEY (category, type)
);

-- For people: the stored text as jsonb, which finds and formats, but rewrites numbers and refuses U+0000.
CREATE VIEW khata.events AS
  SELECT position, id, category, stream_id, version, type, schema_version, data::jsonb AS data, metadata::jsonb AS metadata,
    tags::jsonb AS tags, to_timestamp(recorded_at / 1000.0) AS recorded_at, to_timestamp(occurred_at / 1000.0) AS occurred_at,
    command_id, correlation_id
  FROM khata.event;

CREATE FUNCTION khata.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are never changed, deleted or truncated' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON khata.event
  FOR EACH STATEMENT EXECUTE FUNCTION khata.refuse_change();
CREATE TRIGGER tag_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON khata.event_tag
  FOR EACH STATEMENT EXECUTE FUNCTION khata.refuse_change();

CREATE TABLE khata.command (
  tenant text COLLATE "C" NOT NULL DEFAULT '',
  principal text COLLATE "C" NOT NULL,
  command text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  input_hash text NOT NULL,
  receipt json NOT NULL,
  position bigint NOT NULL,
  recorded_at bigint NOT NULL,
  expires_at bigint,
  PRIMARY KEY (tenant, principal, command, key)
);
CREATE INDEX command_by_expiry ON khata.command (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE khata.snapshot (
  tenant text COLLATE "C" NOT NULL DEFAULT '',
  category text COLLATE "C" NOT NULL,
  stream_id text COLLATE "C" NOT NULL,
  state_version integer NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  event_id text NOT NULL,
  state json NOT NULL,
  PRIMARY KEY (tenant, category, stream_id, state_version, fingerprint)
);

CREATE TABLE khata.checkpoint (
  consumer text COLLATE "C" NOT NULL,
  shard integer NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (consumer, shard)
) WITH (fillfactor = 50);

CREATE TABLE khata.lease (
  name text COLLATE "C" PRIMARY KEY,
  owner text NOT NULL,
  token bigint NOT NULL,
  expires_at bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE khata.generation (
  id text COLLATE "C" PRIMARY KEY,
  view text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  fingerprint text NOT NULL,
  state text NOT NULL,
  started_at bigint NOT NULL,
  changed_at bigint NOT NULL,
  error text
);
CREATE INDEX generation_by_view ON khata.generation (view);

CREATE TABLE khata.view_shape (
  generation text COLLATE "C" PRIMARY KEY,
  shape text NOT NULL
);

-- Ends the transaction when something that was assumed of the store is not so.
CREATE FUNCTION khata.hold(held boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT held THEN
    RAISE EXCEPTION 'the store is not as it was assumed to be' USING ERRCODE = 'KH001';
  END IF;
END $$;

-- Whether an event above a position matches an item of a query. Each list of positions is entered at the place where the
-- others have come to, so that the cost follows the shortest list and never the log. An empty list means any.
CREATE FUNCTION khata.item_matches(after bigint, types text[], tags text[], categories text[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
  tag_count integer := coalesce(cardinality(tags), 0);
  any_kind boolean := coalesce(cardinality(types), 0) = 0 AND coalesce(cardinality(categories), 0) = 0;
  candidate bigint := after + 1;
  agreed integer := 0;
  list integer := 1;
  found_at bigint;
BEGIN
  IF tag_count = 0 THEN
    IF any_kind THEN
      RETURN EXISTS (SELECT 1 FROM khata.event e WHERE e.position > after);
    END IF;
    RETURN EXISTS (
      SELECT 1 FROM khata.event_kind k
      WHERE (coalesce(cardinality(types), 0) = 0 OR k.type = ANY (types))
        AND (coalesce(cardinality(categories), 0) = 0 OR k.category = ANY (categories))
        AND EXISTS (
          SELECT 1 FROM khata.event e WHERE e.category = k.category AND e.type = k.type AND e.position + 0 > after));
  END IF;
  LOOP
    SELECT t.position INTO found_at FROM khata.event_tag t
    WHERE t.tag = tags[list] AND t.position >= candidate ORDER BY t.position LIMIT 1;
    IF found_at IS NULL THEN
      RETURN false;
    END IF;
    IF agreed > 0 AND found_at = candidate THEN
      agreed := agreed + 1;
    ELSE
      candidate := found_at;
      agreed := 1;
    END IF;
    IF agreed = tag_count THEN
      IF any_kind THEN
        RETURN true;
      END IF;
      PERFORM 1 FROM khata.event e WHERE e.position = candidate
        AND (coalesce(cardinality(types), 0) = 0 OR e.type = ANY (types))
        AND (coalesce(cardinality(categories), 0) = 0 OR e.category = ANY (categories));
      IF FOUND THEN
        RETURN true;
      END IF;
      candidate := candidate + 1;
      agreed := 0;
    END IF;
    list := list % tag_count + 1;
  END LOOP;
END $$;
`
