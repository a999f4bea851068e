import { writeFileSync } from 'node:fs'
import mocha from 'mocha'

/** Mocha's own report, and below it, last and plain, the line that says how it went; in a file instead, when asked to. */
export default class ClosingLine extends mocha.reporters.Spec {
  private readonly run: Mocha.Runner

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    this.run = runner
  }

  /** Mocha's hook for what comes after the report; `exit` must be called. */
  override done(failures: number, exit: (failures: number) => void): void {
    const counts = { passed: this.run.stats?.passes ?? 0, failed: failures }
    const file = process.env.GALLEY_TEST_COUNTS
    const failed = this.failures.map(test => `${test.fullTitle()}\n    ${test.err?.message ?? 'no reason given'}`)
    if (file) writeFileSync(file, JSON.stringify({ ...counts, failures: failed }))
    else console.log(`${counts.passed} passed, ${counts.failed} failed`)
    exit(failures)
  }
}
