/**
 * A process that follows the log from a token, argument 2, or its beginning, until it is killed; says position, id and
 * token of each event in a line.
 */
import { khata } from 'khata'

const [store = '', after] = process.argv.slice(2)
const app = await khata({ store, use: [], runProjections: false, runReactions: false })
for await (const { event, token } of app.events.follow(after === undefined ? {} : { after })) {
  process.stdout.write(`${event.position} ${event.id} ${token}\n`)
}
