import { parentPort, workerData } from 'node:worker_threads'
import { type Connection, connectReader } from './connection.ts'
import { packFailure } from './failure.ts'
import type { FromVerify, VerifyStart } from './verify.ts'
import { verifySlices } from './verify-slices.ts'

// The thread that verifies a file, on a connection of its own.

const { path, store } = workerData as VerifyStart

function say(message: FromVerify): void {
  parentPort?.postMessage(message)
}

function verify(connection: Connection): void {
  const slices = verifySlices(connection)
  for (let step = slices.next(); ; step = slices.next()) {
    if (step.done) {
      say({ findings: step.value })
      return
    }
    say({ progress: step.value })
  }
}

try {
  const connection = connectReader(path)
  verify(connection)
  connection.close()
} catch (error) {
  say({ failure: packFailure(error, store) })
}
