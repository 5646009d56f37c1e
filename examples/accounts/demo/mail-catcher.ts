import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { delayed } from './delay.ts'

/** A mail that arrived. */
export interface CaughtMail {
  readonly at: string
  readonly to: string
  readonly subject: string
  readonly messageId: string
  /** As it came over the wire. */
  readonly source: string
}

/** A mail server on this machine that keeps mails instead of delivering them, and fails when it is told to. */
export interface MailCatcher {
  /** `smtp://127.0.0.1:2525` */
  readonly url: string
  /** The newest thousand, in the order they came. */
  readonly mails: readonly CaughtMail[]
  down: boolean
  /** The SMTP code that every recipient is refused with; null: none is. */
  refusal: number | null
  /** Milliseconds that it takes for each mail; a change counts for those that it has begun with, too. */
  delayMs: number
  close(): Promise<void>
}

const kept = 1_000
const mailLimitBytes = 1_048_576
const closeTimeoutMs = 1_000

/** Starts a mail catcher on a free port of this machine. */
export async function catchMails(): Promise<MailCatcher> {
  const mails: CaughtMail[] = []
  const settings: Pick<MailCatcher, 'down' | 'refusal' | 'delayMs'> = { down: false, refusal: null, delayMs: 0 }
  const refuse = () => Object.assign(new Error('The mail server is down for maintenance'), { responseCode: 421 })
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: mailLimitBytes,
    disableReverseLookup: true,
    closeTimeout: closeTimeoutMs,
    onConnect: (_session, answer) => (settings.down ? answer(refuse()) : answer()),
    // Connections that were open before it went down are of no use either.
    onMailFrom: (_address, _session, answer) => (settings.down ? answer(refuse()) : answer()),
    onRcptTo: (_address, _session, answer) =>
      answer(
        settings.refusal === null ? null : Object.assign(new Error('No such mailbox'), { responseCode: settings.refusal }),
      ),
    onData(stream, { envelope }, answer) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        await delayed(() => settings.delayMs)
        if (settings.down) return answer(refuse())
        const source = Buffer.concat(chunks).toString('utf8')
        const to = envelope.rcptTo.map(({ address }) => address).join(', ')
        const [subject, messageId] = [headerOf(source, 'subject'), headerOf(source, 'message-id')]
        mails.push({ at: new Date().toISOString(), to, subject, messageId, source })
        if (mails.length > kept) mails.shift()
        answer()
      })
    },
  })
  // What a client does wrong is its own affair.
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return Object.assign(settings, {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    close: () => new Promise<void>((closed) => server.close(() => closed())),
  })
}

function headerOf(source: string, name: string): string {
  const head = source.slice(0, source.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  return new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1]?.trim() ?? ''
}
