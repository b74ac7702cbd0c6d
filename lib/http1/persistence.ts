/**
 * PROTOCOL (RFC 9112 9.3): whether the connection lives on after this exchange.
 *
 * HTTP/1.1 persists unless one side says `close`. HTTP/1.0 ends unless the peer says `keep-alive` and
 * we say it back; `ab -k` and old proxies still speak so.
 */

import type { Fields } from "./fields.ts";
import { trimOptionalWhiteSpace } from "./octets.ts";

/** Whether the peer lets the connection persist after the answer to this request. */
export function isPersistent(fields: Fields, version: "1.0" | "1.1"): boolean {
  const options = fields.get("connection");
  if (options === null) return version === "1.1";
  if (hasListMember(options, "close")) return false;
  return version === "1.1" || hasListMember(options, "keep-alive");
}

/** Whether a comma-separated list of tokens holds `member`, without regard to case (RFC 9110 5.6.1). */
export function hasListMember(list: string, member: string): boolean {
  return list.toLowerCase().split(",").some((part) => trimOptionalWhiteSpace(part) === member);
}
