/** Runs the accounts business against a mail server until all its users are signed up, then goes on until it is killed. */

import { khata } from 'khata'
import { hashEmail } from '../../examples/accounts/email.ts'
import { accounts, user } from '../../examples/accounts/index.ts'

const [store = '', smtpUrl = '', users = '0', aheadMs = '0'] = process.argv.slice(2)
const business = accounts({ smtpUrl: () => smtpUrl, crm: () => ({ url: 'http://127.0.0.1:9', secret: 'whsec_AAAA' }) })
// Ahead of whoever was killed before: their leases are then over, and nobody has to wait for that.
const app = await khata({ store, use: business.parts, clock: () => Date.now() + Number(aheadMs) })
for (let n = 0; n < Number(users); n++) {
  const email = `user${n}@example.com`
  const message = user.commands.SignUp({ userId: `u${n}`, email, emailHash: hashEmail(Buffer.alloc(32), email), name: `${n}` })
  await app.send(message, { idempotencyKey: email, keepKey: true })
}
process.stdout.write('signed up\n')
