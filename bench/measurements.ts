import type { Measurement, Size } from './measurement.ts'
import { batchAppend, concurrentAppend, serialAppend } from './measurements/append.ts'
import { asyncProjection } from './measurements/async-projection.ts'
import { commandHandling } from './measurements/commands.ts'
import { enrolment } from './measurements/enrolment.ts'
import { inlineProjection } from './measurements/inline-projection.ts'
import { loadStream } from './measurements/load.ts'
import { readInOrder } from './measurements/read.ts'

/** Everything that is measured, in the order in which it is told. */
export function measurementsFor({ quick }: Size): readonly Measurement[] {
  return [
    serialAppend,
    concurrentAppend,
    batchAppend,
    loadStream,
    readInOrder,
    inlineProjection,
    asyncProjection,
    commandHandling,
    enrolment(quick),
  ]
}
