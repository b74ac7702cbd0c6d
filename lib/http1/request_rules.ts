/**
 * PROTOCOL (RFC 9112 section 3.2, RFC 9110 sections 7.2, 7.4 and 10.1.1): what a scanned head means.
 *
 * The scanner vouches for the syntax of each octet; here the rules are applied that need the whole
 * head: exactly one valid Host in HTTP/1.1, a target of a form that the method may have, the framing,
 * the persistence, the expectation. All of it is decided before anybody above sees the request, so
 * that nobody above can decide it differently.
 *
 * The few field names that matter to these rules are looked for in one pass, by their length.
 */

import { isHostField } from "./authority.ts";
import { Fields } from "./fields.ts";
import { NO_CONTENT, parseRequestFraming } from "./framing.ts";
import type { RequestFraming } from "./framing.ts";
import { equalsExactly, equalsIgnoringCase, toLatin1, trimOptionalWhiteSpace } from "./octets.ts";
import { isPersistent } from "./persistence.ts";
import { badRequest, ProtocolError } from "./protocol_error.ts";
import { parseRequestTarget } from "./request_target.ts";
import type { RequestTarget } from "./request_target.ts";

/** A complete and valid request head. */
export interface RequestHead {
  /** As sent; methods are case-sensitive (RFC 9110 9.1). */
  readonly method: string;
  /** The request-target, cut into its parts and not decoded. */
  readonly target: RequestTarget;
  /** The version to answer as; a 1.x above 1.1 counts as 1.1 (RFC 9110 6.2). */
  readonly version: "1.0" | "1.1";
  /** The value of Host, which is valid; null where there is none, which HTTP/1.0 allows. */
  readonly host: string | null;
  /** The field lines, in wire order. */
  readonly fields: Fields;
  /** How the end of the content is found (RFC 9112 6.3). */
  readonly framing: RequestFraming;
  /** Whether the peer lets the connection persist after this exchange (RFC 9112 9.3). */
  readonly persistent: boolean;
  /** Whether the peer waits for 100 (Continue) before it sends the content (RFC 9110 10.1.1). */
  readonly expectsContinue: boolean;
  /** Octets from the first of the message, empty lines before it included, to the end of the head. */
  readonly length: number;
}

/** What the scanner hands over. It uses one such object for head after head: take what is in it. */
export interface ScannedHead {
  /** Where the message begins in the bytes. */
  start: number;
  /** Octets from there to the end of the head. */
  length: number;
  /** Four offsets a field line from `start`, as `Fields` takes them; there is room for more behind them. */
  spans: Int32Array;
  /** How many of the spans' numbers count. */
  spanCount: number;
  /** As sent. */
  method: string;
  /** As sent. */
  target: string;
  /** See `RequestHead`. */
  version: "1.0" | "1.1";
  /** Whether an `https` resource may be asked for on this connection. */
  readonly secure: boolean;
}

const FRAMING = 1;
const CONNECTION = 2;
const EXPECT = 4;
const HOST = 8;

/** The fields that the rules need, each where its name's length leads: no two are equally long. */
const RULED_FIELDS: readonly { readonly name: string; readonly mark: number }[] = Array.from(
  { length: 18 },
  (_, length) =>
    [
      { name: "host", mark: HOST },
      { name: "expect", mark: EXPECT },
      { name: "connection", mark: CONNECTION },
      { name: "content-length", mark: FRAMING },
      { name: "transfer-encoding", mark: FRAMING },
    ].find(({ name }) => name.length === length) ?? { name: "", mark: 0 },
);

/** The last Host that was found valid: nearly always the next one is the same, and no second string is made of it. */
let lastHost = "";

/**
 * Applies the rules for whole heads. Throws `ProtocolError`: 400 for Host, target and framing, 413 for a
 * length that cannot be counted, 417 for an expectation that is not 100-continue, 421 for a URI of
 * another scheme, 501 for a transfer coding that is not implemented.
 */
export function toRequestHead(bytes: Uint8Array, scanned: Readonly<ScannedHead>): RequestHead {
  const { method, version, length } = scanned;
  const fields = new Fields(bytes, scanned);
  const { found, host } = findRuledFields(bytes, scanned);
  const target = parseRequestTarget(scanned.target, method);
  if (target.form === "absolute") checkScheme(target.scheme, scanned.secure);
  return {
    method,
    target,
    version,
    host,
    fields,
    framing: (found & FRAMING) === 0 ? NO_CONTENT : parseRequestFraming(fields, version),
    persistent: (found & CONNECTION) === 0 ? version === "1.1" : isPersistent(fields, version),
    expectsContinue: (found & EXPECT) !== 0 && parseExpectation(fields, version),
    length,
  };
}

/** Which of the fields that the rules need are there, and the value of Host. */
function findRuledFields(
  bytes: Uint8Array,
  scanned: Readonly<ScannedHead>,
): { found: number; host: string | null } {
  const { spans, spanCount, start } = scanned;
  let found = 0;
  let host: string | null = null;
  for (let at = 0; at < spanCount; at += 4) {
    const name = start + spans[at]!;
    const length = start + spans[at + 1]! - name;
    if (length >= RULED_FIELDS.length) continue;
    const ruled = RULED_FIELDS[length]!;
    if (ruled.mark === 0 || !equalsIgnoringCase(bytes, name, ruled.name)) continue;
    if (ruled.mark === HOST) {
      if ((found & HOST) !== 0) throw badRequest("Host is there more than once", "RFC 9112 3.2");
      host = toHost(bytes, start + spans[at + 2]!, start + spans[at + 3]!);
    }
    found |= ruled.mark;
  }
  if ((found & HOST) === 0 && scanned.version === "1.1") {
    throw badRequest("Host is missing", "RFC 9112 3.2");
  }
  return { found, host };
}

/** The value of a Host field. Throws `ProtocolError` 400 where it is no host. */
function toHost(bytes: Uint8Array, start: number, end: number): string {
  if (end - start === lastHost.length && equalsExactly(bytes, start, lastHost)) return lastHost;
  if (!isHostField(bytes, start, end)) throw badRequest("Host is malformed", "RFC 9112 3.2");
  return lastHost = toLatin1(bytes, start, end);
}

/**
 * Refuses what was meant for somebody else: an `https` URI asked for in the clear, which RFC 9110 7.4 says
 * must be rejected, and the URI of a scheme that is not spoken here. An `http` URI over TLS is answered.
 */
function checkScheme(scheme: string, secure: boolean): void {
  if (scheme === "http" || (scheme === "https" && secure)) return;
  const message = scheme === "https"
    ? "An https URI must not be asked for on a connection that is not secured"
    : "Only http and https URIs are answered here";
  throw new ProtocolError(message, { status: 421, section: "RFC 9110 7.4" });
}

function parseExpectation(fields: Fields, version: "1.0" | "1.1"): boolean {
  // A 1.0 peer cannot take a 1xx, so its expectation is ignored (RFC 9110 10.1.1).
  if (version === "1.0") return false;
  const members = fields.get("expect")!.toLowerCase().split(",").map(trimOptionalWhiteSpace)
    .filter((member) => member !== "");
  if (members.some((member) => member !== "100-continue")) {
    throw new ProtocolError("The only expectation that can be met is 100-continue", {
      status: 417,
      section: "RFC 9110 10.1.1",
    });
  }
  return members.length > 0;
}
