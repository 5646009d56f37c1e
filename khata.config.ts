/** The example businesses, as `npm start` runs them. */
import { resolve } from 'node:path'
import { stepsOfAccounts } from '@khata/example-accounts'
import { accountsDemo } from '@khata/example-accounts/demo'
import { bank, stepsOfBank } from '@khata/example-bank'
import { sample as sampleOfBank } from '@khata/example-bank/sample'
import { shop } from '@khata/example-shop'
import { sample as sampleOfShop } from '@khata/example-shop/sample'
import type { FastifyInstance } from 'fastify'
import { defineConfig } from 'khata/config'

const accounts = accountsDemo(process.env, resolve(import.meta.dirname, 'data/accounts'))

export default defineConfig({
  use: [...bank, ...shop, ...accounts.parts],
  store: 'sqlite:data/khata.db',
  // Steps of flows are not for the outside, where nobody has a name in this demo.
  authorize: ({ kind, name, user }) =>
    kind !== 'command' || user !== null || !(stepsOfBank.has(name) || stepsOfAccounts.has(name)),
  services: accounts.services,
  routes: (http, app) => accounts.routes(http as FastifyInstance, app),
  async sample(app) {
    await sampleOfBank(app)
    await sampleOfShop(app)
  },
  guide: (url) => `
Khata is running a bank, a shop and accounts at ${url}

Three things to try in another terminal:

  1. Take money out, and see the fact that was recorded:
     curl -s ${url}/api/commands/Withdraw -H 'content-type: application/json' -d '{"accountId":"ACC-001","amount":300}'

  2. See the account as it was after its second event:
     curl -s '${url}/api/streams/account/ACC-001/state?version=2'

  3. Follow what happens, then do 1. again:
     curl -sN ${url}/api/events -H 'accept: text/event-stream'

Break it yourself, and watch it mend:

  4. Take the mail server down and sign up. The answer does not wait for the mail:
     curl -s ${url}/demo/mail -H 'content-type: application/json' -d '{"down":true}'
     curl -s ${url}/signup -H 'content-type: application/json' -d '{"email":"you@example.com","password":"correct horse","name":"You"}'

  5. It is tried again, later and later; after some seconds it is a dead letter, with its reason:
     curl -s ${url}/api/dead-letters

  6. Bring the mail server back, and retry the dead letter by the id that 5. shows. Then look at the mail:
     curl -s ${url}/demo/mail -H 'content-type: application/json' -d '{"down":false}'
     curl -s -X POST ${url}/api/dead-letters/ID/retry
     ${url}/demo/mails

Every route, with a page to try it: ${url}/docs
End with Ctrl-C.
`,
})
