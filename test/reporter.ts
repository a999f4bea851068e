import mocha from 'mocha'

/** Mocha's own report, and below it, last and plain, the line that says how it went. */
export default class ClosingLine extends mocha.reporters.Spec {
  private readonly run: Mocha.Runner

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    this.run = runner
  }

  /** Mocha's hook for what comes after the report; `exit` must be called. */
  override done(failures: number, exit: (failures: number) => void): void {
    console.log(`${this.run.stats?.passes ?? 0} passed, ${failures} failed`)
    exit(failures)
  }
}
