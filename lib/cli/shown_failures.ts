/**
 * COMMAND LINE: what becomes of an app's failures in development: a page for whoever asked, and a note for
 * whoever sits at the terminal.
 *
 * An app that cannot be loaded does not end the server then: it answers everything with why, until somebody
 * mends a file and the app is loaded again.
 */

import { type AppFailure, FRAME_LIMIT } from "../handlers/dev/app_failure.ts";
import { ErrorPage } from "../handlers/dev/error_page.ts";
import { failedApp, withErrorPage } from "../handlers/dev/failure_answers.ts";
import { toPythonFailure } from "../handlers/dev/python_failure.ts";
import { toScriptFailure } from "../handlers/dev/script_failure.ts";
import type { Handler, HttpRequest, HttpResponse } from "../server/handler.ts";
import { escapeControls } from "./escape.ts";
import { FAILED, Failure } from "./failure.ts";
import { describeFailure } from "./log_observer.ts";
import { VERSION } from "./start_line.ts";

/** What showing failures needs of the program. */
export interface ShownFailuresOptions {
  readonly staticDirectory: URL;
  /** Prints a line. */
  readonly note: (text: string) => void;
}

/** Shows the failures of apps. */
export class ShownFailures {
  readonly #page: ErrorPage;
  readonly #note: (text: string) => void;

  /** Reads the page's parts, and has stacks be kept longer. Throws where one is not there. */
  constructor({ staticDirectory, note }: ShownFailuresOptions) {
    this.#page = new ErrorPage({ staticDirectory, software: `rawserve/${VERSION}` });
    this.#note = note;
    // Of the ten that are kept otherwise some are ours.
    Error.stackTraceLimit = FRAME_LIMIT;
  }

  /** `handler`, and the page for what it throws. */
  wrap(handler: Handler): Handler {
    return withErrorPage(handler, {
      page: this.#page,
      // With its causes, and all that it holds.
      onError: (error, request) => this.#note(describeFailure(error, { request, verbose: true })),
    });
  }

  /** The page of what a Python app raised, by its worker's report; its traceback has been printed. */
  readonly answerReport = (report: string, request: HttpRequest): HttpResponse => {
    const message = "The app failed to answer this request";
    return this.#page.answer(toPythonFailure(report, { when: "answering", message }), request);
  };

  /**
   * Stands for a fetch app that cannot be loaded. Throws `error` again where it is none of the app's: where
   * there is no such file, for one.
   */
  standForScript(error: unknown): Handler {
    if (!(error instanceof Failure) || error.exitStatus !== FAILED) throw error;
    this.#note(escapeControls(error.message));
    return failedApp(toLoadingFailure(error), this.#page);
  }

  /** Stands for a Python app that does not start, for the reason of `message` and `report`. */
  standForPython(message: string, report: string | null): Handler {
    this.#note(escapeControls(message));
    return failedApp(toPythonFailure(report, { when: "loading", message }), this.#page);
  }
}

/** What the app threw while it was loaded; where it threw nothing and is none, what is wrong with it. */
function toLoadingFailure(error: Failure): AppFailure {
  const failure = toScriptFailure(error.cause, "loading");
  if ("cause" in error) return failure;
  const { message } = error;
  return { ...failure, errors: [{ relation: "thrown", type: "Error", message, frames: [] }] };
}
