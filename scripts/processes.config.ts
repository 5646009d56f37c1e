/** The bank, as the processes of the demonstration run it. */
import { bank } from '@khata/example-bank'
import { defineConfig } from 'khata/config'

export default defineConfig({ use: [...bank], port: 0 })
