/**
 * WHAT ANSWERS: why a WSGI app does not run.
 */

/** There is no app. Its message says on one line why. */
export class WsgiStartError extends Error {
  /** The class's name. */
  override readonly name = "WsgiStartError";
  /** In development: what the app raised while it was imported, as JSON; null where it did not get so far. */
  readonly report: string | null;

  /** `report` is what static/wsgi_failure.py makes. */
  constructor(message: string, report: string | null) {
    super(message);
    this.report = report;
  }
}
