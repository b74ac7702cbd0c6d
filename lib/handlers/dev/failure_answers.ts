/**
 * WHAT ANSWERS: handlers that show failures, in development.
 *
 * One stands around an app and answers with the page where that throws, or rejects, before its answer has
 * begun. What fails in the middle of an answer is the driver's to cut and to tell, for no page has room there. The
 * other stands for an app that cannot be loaded, until one of its files changes.
 */

import { ProtocolError } from "../../http1/protocol_error.ts";
import type { Handler, HttpRequest, HttpResponse } from "../../server/handler.ts";
import type { AppFailure } from "./app_failure.ts";
import type { ErrorPage } from "./error_page.ts";
import { toScriptFailure } from "./script_failure.ts";

/** How failures are shown, and who is told. */
export interface ErrorPageSettings {
  readonly page: ErrorPage;
  /** Told what was thrown, as the server's observer is of what nobody answers for. */
  readonly onError: (error: unknown, request: HttpRequest) => void;
}

/**
 * Answers with `handler`, and with the page for what it throws. A peer's broken rule is not the app's failure:
 * that is thrown on.
 */
export function withErrorPage(handler: Handler, { page, onError }: ErrorPageSettings): Handler {
  const fail = (error: unknown, request: HttpRequest): HttpResponse => {
    if (error instanceof ProtocolError) throw error;
    onError(error, request);
    return page.answer(toScriptFailure(error), request);
  };
  return (request) => {
    try {
      const answer = handler(request);
      return answer instanceof Promise ? answer.catch((error) => fail(error, request)) : answer;
    } catch (error) {
      return fail(error, request);
    }
  };
}

/** Answers everything with the failure because of which there is no app. */
export function failedApp(failure: AppFailure, page: ErrorPage): Handler {
  return (request) => page.answer(failure, request);
}
