import { spawnSync } from 'node:child_process'
import { bringUpChromium } from '../services/chromium.ts'
import { installDebianPackage } from '../services/debian-package.ts'
import { bringUpPgbouncer, bringUpPostgres, sweepDatabases } from '../services/postgres.ts'
import type { Outcome } from './outcome.ts'

/** A program or server of the machine that some tests need. */
interface Service {
  readonly name: string
  /** Which test files need it. */
  readonly neededBy: RegExp
  /** Gets it and starts it when that is needed; whether it is there then. */
  bringUp(): boolean
  readonly howToGetIt: string
}

const services: readonly Service[] = [
  {
    name: 'strace',
    neededBy: /^test\/durability\/|\.strace\.test\.ts$/,
    bringUp() {
      const isThere = () => spawnSync('strace', ['-V']).status === 0
      if (!isThere()) installDebianPackage('strace')
      return isThere()
    },
    howToGetIt: 'Install strace: `apt-get install strace` on Debian and Ubuntu, `dnf install strace` on Fedora.',
  },
  {
    name: 'PostgreSQL',
    neededBy: /\.postgres\.test\.ts$/,
    bringUp() {
      const url = bringUpPostgres()
      if (url === null) return false
      process.env['KHATA_TEST_POSTGRES'] = url
      sweepDatabases(url)
      return true
    },
    howToGetIt:
      'Install PostgreSQL (`apt-get install postgresql` on Debian and Ubuntu), or name a server where databases may be made: ' +
      'KHATA_TEST_POSTGRES=postgres://user:password@host:5432/postgres.',
  },
  {
    name: 'PgBouncer',
    neededBy: /pgbouncer.*\.test\.ts$/,
    bringUp: bringUpPgbouncer,
    howToGetIt: 'Install PgBouncer: `apt-get install pgbouncer` on Debian and Ubuntu.',
  },
  {
    name: 'Chromium',
    neededBy: /\.browser\.test\.ts$/,
    bringUp: bringUpChromium,
    howToGetIt:
      'Install Chromium (`apt-get install chromium` on Debian), or name the program of one: KHATA_TEST_CHROMIUM=/path/to/chrome.',
  },
]

/** Brings up what the files need. One that cannot be had is a failure that says how to get it, never a silent skip. */
export function bringUpServices(files: readonly string[]): readonly Outcome[] {
  return services.filter(({ neededBy }) => files.some((file) => neededBy.test(file))).map(bringUp)
}

function bringUp(service: Service): Outcome {
  const started = performance.now()
  const failures = service.bringUp() ? [] : [{ title: 'is not on this machine', text: service.howToGetIt }]
  const seconds = (performance.now() - started) / 1000
  return { name: `service ${service.name}`, passed: failures.length === 0 ? 1 : 0, failures, skipped: [], seconds }
}
