import { park, type RetryPolicy, reactor } from 'khata'
import { type Mailer, MailRefused } from './outside/mail.ts'
import { user } from './user.ts'

/**
 * Welcomes everybody who signs up. A mail that is sent and then lost in a crash before that was written down goes out
 * again, under the same `Message-ID`; no way of sending can rule that out.
 *
 * @param mailer asked for when the first mail is due
 */
export function welcomeMail(mailer: () => Mailer, retry: RetryPolicy = {}) {
  return reactor('welcome-mail', {
    from: [user],
    on: {
      UserSignedUp: async ({ data: { email, name } }, { idempotencyKey }) => {
        const text = `Hello ${name},\n\nyour account is ready. It begins with 100 points.\n`
        const mail = { to: { name, address: email }, subject: `Welcome, ${name}`, text, key: idempotencyKey }
        try {
          await mailer().send(mail)
        } catch (error) {
          if (error instanceof MailRefused) return park(error.message)
          throw error
        }
      },
    },
    retry,
    concurrency: 50,
  })
}
