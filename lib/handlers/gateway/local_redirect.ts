/**
 * WHAT ANSWERS (RFC 3875 section 6.2.2): the request that a local redirect asks in place of the first one.
 *
 * It is a GET (or still a HEAD) for the new path, from the same client over the same connection, without content and
 * without the fields that speak of content. Preconditions and ranges were meant for the answer to a GET; they
 * stay where the first request was one.
 *
 * The new request may lead to a script again, and that to another redirect. How often that has happened is kept
 * by the fields, the one part that mounts and whatever else stands in between hand on as it is.
 */

import { Fields } from "../../http1/fields.ts";
import { parseRequestTarget } from "../../http1/request_target.ts";
import type { HttpRequest } from "../../server/handler.ts";

/** How many redirects may follow one another. */
const LIMIT = 10;
const ABOUT_CONTENT = /^(?:content-.*|transfer-encoding|expect|trailer)$/i;
const ABOUT_THE_ANSWER = /^(?:if-.*|range)$/i;

const redirects = new WeakMap<Fields, number>();

/** The request for `location`, a path and query; null where there have been too many redirects. */
export function redirectLocally(request: HttpRequest, location: string): HttpRequest | null {
  const count = (redirects.get(request.fields) ?? 0) + 1;
  if (count > LIMIT) return null;
  const isReading = request.method === "GET" || request.method === "HEAD";
  const fields = Fields.from(
    [...request.fields].filter(([name]) =>
      !ABOUT_CONTENT.test(name) && (isReading || !ABOUT_THE_ANSWER.test(name))
    ),
  );
  redirects.set(fields, count);
  const method = request.method === "HEAD" ? "HEAD" : "GET";
  return {
    method,
    target: parseRequestTarget(location, method),
    base: "",
    version: request.version,
    fields,
    content: null,
    remoteAddress: request.remoteAddress,
    localAddress: request.localAddress,
    secure: request.secure,
    authority: request.authority,
    user: request.user,
    get signal() {
      return request.signal;
    },
  };
}
