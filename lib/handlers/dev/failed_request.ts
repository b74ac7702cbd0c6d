/**
 * WHAT ANSWERS: the request that an app failed at, as it can be shown to a colleague.
 *
 * A page of a failure is copied into bug reports and photographed, so whatever lets somebody in is masked: fields
 * and parameters whose names say that they hold a secret. The name stays, for whether a cookie came
 * at all is often the question.
 */

import type { HttpRequest } from "../../server/handler.ts";

/** A request to show; all of it is the peer's text, not escaped. */
export interface FailedRequest {
  readonly method: string;
  /** With scheme and host where they are known. */
  readonly url: string;
  readonly version: string;
  /** In wire order; a character is an octet. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Whether the client would rather have a page than plain text. */
  readonly wantsPage: boolean;
}

/** What stands for a secret. */
export const MASK = "(hidden)";

/** An author is none. */
const SECRET = "authori[sz]|auth(?!or)|cookie|token|secret|passw|api[-_]?key|session|csrf|xsrf|" +
  "signature|credential";
const SECRET_NAME = new RegExp(SECRET, "i");
/** A parameter of a query, or of a field whose value is a URL. */
const SECRET_PARAMETER = new RegExp(`([?&;][^=&;\\s]*(?:${SECRET})[^=&;\\s]*)=[^&;\\s#"]*`, "gi");
/** A browser names it by itself; whoever only takes anything, as curl and `fetch` do, wants to read text. */
const PAGE = /(?:text\/html|application\/xhtml\+xml)\s*(?!;\s*q=0(?:\.0*)?\s*(?:,|$))(?:[;,]|$)/i;

/** `request` as it is shown. Has to be asked before a handler returns, for later its fields are gone. */
export function toFailedRequest(request: HttpRequest): FailedRequest {
  const { target, authority } = request;
  const path = "path" in target
    ? request.base + target.path + (target.query === null ? "" : `?${target.query}`)
    : target.raw;
  const origin = authority === null ? "" : `${request.secure ? "https" : "http"}://${authority}`;
  return {
    method: request.method,
    url: withoutSecrets(origin + path),
    version: `HTTP/${request.version}`,
    fields: Array.from(request.fields, ([name, value]) => [
      name,
      SECRET_NAME.test(name) ? MASK : withoutSecrets(value),
    ]),
    wantsPage: PAGE.test(request.fields.get("accept") ?? ""),
  };
}

function withoutSecrets(text: string): string {
  return text.replace(SECRET_PARAMETER, `$1=${MASK}`);
}
