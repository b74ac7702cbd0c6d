/**
 * WHAT ANSWERS (RFC 9110 9.1, 9.3, 15.5.6, 15.6.2): the methods of content that can only be read.
 *
 *   GET, HEAD                        go on to the resource
 *   OPTIONS                          204, what is allowed; `OPTIONS *` too, for it is so everywhere
 *   POST, PUT, DELETE, PATCH, TRACE  405: known, but not for these resources
 *   CONNECT                          501: it names no resource of ours that could allow anything
 *   any other                        501: not recognized; methods are case-sensitive, so `get` is one
 */

import { FieldBlock } from "../http1/field_block.ts";
import type { HttpResponse } from "../server/handler.ts";
import { textAnswer } from "../server/text_answer.ts";

const ALLOW = ["Allow", "GET, HEAD, OPTIONS"] as const;

const OPTIONS_ANSWER: HttpResponse = {
  status: 204,
  fields: new FieldBlock([ALLOW, ["X-Content-Type-Options", "nosniff"]]),
  content: null,
};
const NOT_ALLOWED = textAnswer(405, "This can be read and nothing else", ALLOW);
const NOT_IMPLEMENTED = textAnswer(501, "This server does not know the method");

/** The answer to a request that does not read; null for GET and HEAD, which the resource answers. */
export function answerUnlessReading(method: string): HttpResponse | null {
  switch (method) {
    case "GET":
    case "HEAD":
      return null;
    case "OPTIONS":
      return OPTIONS_ANSWER;
    case "POST":
    case "PUT":
    case "DELETE":
    case "PATCH":
    case "TRACE":
      return NOT_ALLOWED;
    default:
      return NOT_IMPLEMENTED;
  }
}
