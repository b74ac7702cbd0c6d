/**
 * PROTOCOL (RFC 9110 section 7.8): whether a request asks to go on in another protocol.
 *
 * Upgrade speaks of one hop only, so it counts where Connection names it: a proxy that hands on the one without
 * knowing the other must not make us speak what it does not understand. In HTTP/1.0 it is ignored, as it must be.
 * Names of protocols are compared without case, and so are their versions here: no two differ in case alone.
 */

import type { Fields } from "./fields.ts";
import { hasListMember } from "./persistence.ts";

/** Whether the request with this head asks for `protocol`, a name or `name/version`, perhaps beside others. */
export function asksForProtocol(
  head: { readonly version: "1.0" | "1.1"; readonly fields: Fields },
  protocol: string,
): boolean {
  const { version, fields } = head;
  if (version === "1.0") return false;
  const offered = fields.get("upgrade");
  if (offered === null || !hasListMember(offered, protocol.toLowerCase())) return false;
  const options = fields.get("connection");
  return options !== null && hasListMember(options, "upgrade");
}
