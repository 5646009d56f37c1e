/** A restore in place: by the owner, in one transaction, while the connections of others live on. */
import pg from 'pg'

/** Takes away all that came after a position, in one transaction of the owner. */
export async function restore(url: string, position: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`BEGIN;
    SET LOCAL session_replication_role = replica;
    LOCK TABLE khata.event;
    DELETE FROM khata.event WHERE position > ${position};
    DELETE FROM khata.event_tag WHERE position > ${position};
    DELETE FROM khata.event_kind k WHERE NOT EXISTS (
      SELECT 1 FROM khata.event e WHERE e.category = k.category AND e.type = k.type);
    COMMIT`)
  await client.end()
}
