/**
 * PROTOCOL (RFC 9112 3.2): the request-target and its four forms.
 *
 *   origin-form     GET /a/b?c=d HTTP/1.1             what nearly every request has
 *   absolute-form   GET http://host/a?c HTTP/1.1      sent to proxies; a server must take it too
 *   authority-form  CONNECT host:443 HTTP/1.1         CONNECT alone
 *   asterisk-form   OPTIONS * HTTP/1.1                OPTIONS alone
 *
 * The scanner has already let through only octets that may stand in a request-target. Here the form
 * is told and its parts are cut out; nothing is decoded. `decodePath` is the one place where a
 * path's percent-encoding is undone, once.
 */

import { isHostWithOptionalPort, isHostWithPort } from "./authority.ts";
import { badRequest } from "./protocol_error.ts";

/** A request-target, cut into its parts; `raw` is the text as it was sent. */
export type RequestTarget =
  | {
    readonly form: "origin";
    readonly raw: string;
    readonly path: string;
    readonly query: string | null;
  }
  | {
    readonly form: "absolute";
    readonly raw: string;
    readonly scheme: string;
    readonly authority: string;
    readonly path: string;
    readonly query: string | null;
  }
  | { readonly form: "authority"; readonly raw: string; readonly authority: string }
  | { readonly form: "asterisk"; readonly raw: "*" };

const ABSOLUTE = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s;

/**
 * Tells the form of `raw` and whether `method` may have it. Throws `ProtocolError` 400 for a target of
 * no form, or of a form that the method must not have (RFC 9112 3.2).
 */
export function parseRequestTarget(raw: string, method: string): RequestTarget {
  if (method === "CONNECT") {
    if (!isHostWithPort(raw)) {
      throw badRequest("CONNECT takes host:port as its request-target", "RFC 9112 3.2.3");
    }
    return { form: "authority", raw, authority: raw };
  }
  if (raw.charCodeAt(0) === 0x2f) {
    const mark = raw.indexOf("?");
    return mark < 0
      ? { form: "origin", raw, path: raw, query: null }
      : { form: "origin", raw, path: raw.slice(0, mark), query: raw.slice(mark + 1) };
  }
  if (raw === "*") {
    if (method !== "OPTIONS") {
      throw badRequest("Only OPTIONS takes * as its request-target", "RFC 9112 3.2.4");
    }
    return { form: "asterisk", raw: "*" };
  }
  const parts = ABSOLUTE.exec(raw);
  if (parts === null) {
    throw badRequest("The request-target has none of the four forms", "RFC 9112 3.2");
  }
  const [, scheme = "", authority = "", path = "/", query = null] = parts;
  // An http URI with an empty host is invalid (RFC 9110 4.2.1), and user information in it is a
  // trap that 4.2.4 tells a recipient to treat as an error.
  if (/^(?::|$)/.test(authority) || !isHostWithOptionalPort(authority)) {
    throw badRequest("The authority of the request-target is malformed", "RFC 9110 4.2");
  }
  return { form: "absolute", raw, scheme: scheme.toLowerCase(), authority, path, query };
}

/**
 * Undoes a path's percent-encoding, once. Null where the path must not be used as the name of
 * anything: a broken escape, octets that are not UTF-8, an encoded NUL, which ends a name for the
 * system and not for us, or an encoded `/`, which would move the borders between segments after they
 * were checked. Anything else may stand in the name of a file somewhere.
 */
export function decodePath(path: string): string | null {
  if (!path.includes("%")) return path;
  if (/%(?:00|2f)/i.test(path)) return null;
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
