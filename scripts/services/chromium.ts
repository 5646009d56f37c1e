/** The browser that tests drive. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installDebianPackage } from './debian-package.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** The path of an installed Chromium: what `KHATA_TEST_CHROMIUM` names, else one in the PATH. Null when there is none. */
export function chromiumProgram(): string | null {
  const named = process.env['KHATA_TEST_CHROMIUM']
  if (named) return isProgram(named) ? named : null
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Whether a Chromium is there, after trying to install it. */
export function bringUpChromium(): boolean {
  if (chromiumProgram() === null) installDebianPackage('chromium')
  return chromiumProgram() !== null
}
