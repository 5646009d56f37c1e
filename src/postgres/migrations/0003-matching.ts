/** Queries of tags and kinds whose cost follows the shortest of their lists. */
export const matching = `
-- Positions above "after" and up to "up_to" of events that carry all tags and are of any of the types and categories; at
-- least one tag is given, other empty lists mean any. Each list of positions is entered at the place where the others have
-- come to, so that the cost follows the shortest list and never the log. Few kinds are a list of their own.
CREATE FUNCTION khata.matching(
  after bigint, up_to bigint, types text[], tags text[], categories text[], backwards boolean, lim bigint
) RETURNS SETOF bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  any_type boolean := coalesce(cardinality(types), 0) = 0;
  any_category boolean := coalesce(cardinality(categories), 0) = 0;
  any_kind boolean := any_type AND any_category;
  tag_count integer := cardinality(tags);
  kind_categories text[];
  kind_types text[];
  walk_kinds boolean := false;
  lists integer;
  list integer := 1;
  agreed integer := 0;
  given bigint := 0;
  candidate bigint := CASE WHEN backwards THEN up_to ELSE after + 1 END;
  found_at bigint;
BEGIN
  IF NOT any_kind THEN
    SELECT array_agg(k.category), array_agg(k.type) INTO kind_categories, kind_types FROM khata.event_kind k
    WHERE (any_type OR k.type = ANY (types)) AND (any_category OR k.category = ANY (categories));
    IF kind_types IS NULL THEN
      RETURN;
    END IF;
    walk_kinds := cardinality(kind_types) <= 8;
  END IF;
  lists := tag_count + walk_kinds::integer;
  WHILE given < lim LOOP
    IF list <= tag_count AND backwards THEN
      SELECT t.position INTO found_at FROM khata.event_tag t
      WHERE t.tag = tags[list] AND t.position <= candidate AND t.position > after ORDER BY t.position DESC LIMIT 1;
    ELSIF list <= tag_count THEN
      SELECT t.position INTO found_at FROM khata.event_tag t
      WHERE t.tag = tags[list] AND t.position >= candidate AND t.position <= up_to ORDER BY t.position LIMIT 1;
    ELSIF backwards THEN
      SELECT max(p.position) INTO found_at FROM unnest(kind_categories, kind_types) AS k (category, type)
      CROSS JOIN LATERAL (
        SELECT e.position FROM khata.event e WHERE e.category = k.category AND e.type = k.type
          AND e.position + 0 <= candidate AND e.position + 0 > after ORDER BY e.position + 0 DESC LIMIT 1) AS p;
    ELSE
      SELECT min(p.position) INTO found_at FROM unnest(kind_categories, kind_types) AS k (category, type)
      CROSS JOIN LATERAL (
        SELECT e.position FROM khata.event e WHERE e.category = k.category AND e.type = k.type
          AND e.position + 0 >= candidate AND e.position + 0 <= up_to ORDER BY e.position + 0 LIMIT 1) AS p;
    END IF;
    IF found_at IS NULL THEN
      RETURN;
    END IF;
    IF agreed > 0 AND found_at = candidate THEN
      agreed := agreed + 1;
    ELSE
      candidate := found_at;
      agreed := 1;
    END IF;
    IF agreed = lists THEN
      IF any_kind OR walk_kinds OR EXISTS (
        SELECT 1 FROM khata.event e WHERE e.position = candidate
          AND (any_type OR e.type = ANY (types)) AND (any_category OR e.category = ANY (categories)))
      THEN
        RETURN NEXT candidate;
        given := given + 1;
      END IF;
      candidate := candidate + CASE WHEN backwards THEN -1 ELSE 1 END;
      agreed := 0;
    END IF;
    list := list % lists + 1;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION khata.item_matches(after bigint, types text[], tags text[], categories text[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
  any_type boolean := coalesce(cardinality(types), 0) = 0;
  any_category boolean := coalesce(cardinality(categories), 0) = 0;
BEGIN
  IF coalesce(cardinality(tags), 0) > 0 THEN
    RETURN EXISTS (SELECT 1 FROM khata.matching(after, 9223372036854775807, types, tags, categories, false, 1));
  END IF;
  IF any_type AND any_category THEN
    RETURN EXISTS (SELECT 1 FROM khata.event e WHERE e.position > after);
  END IF;
  RETURN EXISTS (
    SELECT 1 FROM khata.event_kind k
    WHERE (any_type OR k.type = ANY (types)) AND (any_category OR k.category = ANY (categories))
      AND EXISTS (
        SELECT 1 FROM khata.event e WHERE e.category = k.category AND e.type = k.type AND e.position + 0 > after));
END $$;
`
