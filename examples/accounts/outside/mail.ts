import { createHash } from 'node:crypto'
import nodemailer from 'nodemailer'

/** A mail to one person. */
export interface Mail {
  readonly to: { readonly name: string; readonly address: string }
  readonly subject: string
  readonly text: string
  /** The same for each attempt: mail servers and readers can tell a repeated mail by what is made of it. */
  readonly key: string
}

/** Sends mails. */
export interface Mailer {
  /**
   * Resolves when the server has taken the mail.
   * @throws MailRefused when this mail is not going to be taken, whatever is done
   */
  send(mail: Mail): Promise<void>
  close(): void
}

/** The server says that this mail will never be taken. */
export class MailRefused extends Error {}

const from = 'Khata Accounts <welcome@accounts.example>'
/** Mails on their way at once: a server that takes 3 seconds for each still takes 16 in a second. */
const connections = 50

/** A mailer over SMTP; it connects when it first sends. */
export function mailerAt(smtpUrl: string): Mailer {
  const timeouts = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 20_000 }
  const transport = nodemailer.createTransport({ url: smtpUrl, pool: true, maxConnections: connections, ...timeouts })
  return {
    async send({ to, subject, text, key }) {
      const messageId = `<${createHash('sha256').update(key).digest('hex').slice(0, 32)}@accounts.example>`
      try {
        await transport.sendMail({ from, to, subject, text, messageId })
      } catch (error) {
        const { responseCode, message } = error as Error & { readonly responseCode?: number }
        if (responseCode !== undefined && responseCode >= 500) throw new MailRefused(message, { cause: error })
        throw error
      }
    },
    close: () => transport.close(),
  }
}
