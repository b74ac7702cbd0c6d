/**
 * WHAT ANSWERS: one handler first, and another where the first has nothing.
 *
 * Files with an app behind them: what is no file, and what cannot be done to a file, the app is asked for.
 */

import { ContentParts, FileSlice } from "../server/file_slice.ts";
import type { Handler, HttpResponse } from "../server/handler.ts";

/** The statuses that say: not here, or not so. */
const NOTHING = [404, 405, 501];

/** Answers with `first`, and with `second` where that has nothing for the request. */
export function withFallback(first: Handler, second: Handler): Handler {
  return (request) => {
    const answer = first(request);
    if (answer instanceof Promise) {
      return answer.then((settled) => hasNothing(settled) ? second(request) : settled);
    }
    return hasNothing(answer) ? second(request) : answer;
  };
}

function hasNothing(answer: HttpResponse): boolean {
  if (!NOTHING.includes(answer.status)) return false;
  const { content } = answer;
  if (content instanceof FileSlice) content.file.close();
  if (content instanceof ContentParts) content.close();
  return true;
}
