/** The accounts example with an outside world of its own, where none is named: it can be looked at, and broken. */
import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { AnyApp } from 'khata'
import type { CrmAddress } from '../crm.ts'
import { accounts } from '../index.ts'
import { privateFolder } from '../private-folder.ts'
import { type CrmCatcher, catchHooks } from './crm-catcher.ts'
import { catchMails, type MailCatcher } from './mail-catcher.ts'
import { addDemo } from './routes.ts'

/** What the environment says about the outside world. */
export interface DemoEnvironment {
  /** `smtp://user:password@host:port`. Not set: mails are caught here. */
  readonly SMTP_URL?: string | undefined
  /** Not set: web hooks are caught here. */
  readonly CRM_URL?: string | undefined
  /** `whsec_` and a key in base64, for `CRM_URL`. Not set: one is made, in the file `crm.secret` of the folder. */
  readonly CRM_SECRET?: string | undefined
  /** Where password hashes, keys and pictures are kept, if not where the caller says. */
  readonly ACCOUNTS_FOLDER?: string | undefined
}

/** Tried for about seven seconds, so that a dead letter can be watched as it comes about. */
const hasty = { attempts: 4, firstDelayMs: 1_000 } as const

/** The accounts business of `npm start`. */
export function accountsDemo(environment: DemoEnvironment, usualFolder: string) {
  const { SMTP_URL, CRM_URL, CRM_SECRET, ACCOUNTS_FOLDER } = environment
  const folder = ACCOUNTS_FOLDER || usualFolder
  let mail: MailCatcher | null = null
  let crm: CrmCatcher | null = null
  let address: CrmAddress | null = null
  const outside = {
    smtpUrl: () => SMTP_URL || started(mail).url,
    crm: () => started(address),
    ...(SMTP_URL ? {} : { mailRetry: hasty }),
    ...(CRM_URL ? {} : { crmRetry: hasty }),
  }
  const business = accounts(outside)
  return {
    parts: business.parts,

    /** Starts what stands for the outside world; closed when the business has come to rest. */
    async services(): Promise<AsyncDisposable> {
      mail = SMTP_URL ? null : await catchMails()
      crm = CRM_URL ? null : await catchHooks()
      address = crm ?? { url: CRM_URL as string, secret: CRM_SECRET || (await secretIn(folder)) }
      return {
        async [Symbol.asyncDispose]() {
          business.close()
          await Promise.all([mail?.close(), crm?.close()])
        },
      }
    },

    async routes(http: FastifyInstance, app: AnyApp) {
      await business.routes(http, app, { folder })
      addDemo(http, mail, crm)
    },
  }
}

async function secretIn(folder: string): Promise<string> {
  const fresh = Buffer.from(`whsec_${randomBytes(24).toString('base64')}`)
  return (await privateFolder(folder).writeFirst('crm.secret', fresh)).toString('utf8')
}

function started<Service>(service: Service | null): Service {
  if (service === null)
    throw new Error('The outside world has not been started: mails and web hooks are sent by `khata start`.')
  return service
}
