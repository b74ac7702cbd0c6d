/**
 * WHAT ANSWERS: one path of our own before a handler's.
 *
 * A path is decoded before it is compared, so that no spelling of ours gets past (RFC 3986 6.2.2.2); for
 * nearly all there is nothing to decode, and a request for anything else pays next to nothing.
 */

import { decodePath } from "../../http1/request_target.ts";
import type { Handler, HttpRequest, HttpResponse } from "../../server/handler.ts";
import { answerUnlessReading } from "../read_methods.ts";

/** Answers GET and HEAD for `path` with `answer`, other methods for it as what can only be read does, and all else with `otherwise`. */
export function atPath(
  path: string,
  options: { answer: () => HttpResponse; otherwise: Handler },
): Handler {
  const { answer, otherwise } = options;
  return (request) =>
    isFor(path, request) ? answerUnlessReading(request.method) ?? answer() : otherwise(request);
}

function isFor(path: string, { target }: HttpRequest): boolean {
  return "path" in target && decodePath(target.path) === path;
}
