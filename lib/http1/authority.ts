/**
 * PROTOCOL (RFC 9110 4.2 and 7.2, RFC 3986 3.2): host and port, as in Host and in request-targets.
 *
 * A host is a registered name, an IPv4 address or an IP-literal in brackets; a port is digits. Anything
 * else (user information, white space, a list, a path) is refused, for a Host that two servers in a
 * row read differently routes a request where it must not go. The names are checked for grammar, not
 * for existence.
 */

import { DIGIT, HEXDIG, IP_LITERAL, OCTET, REG_NAME, toLatin1 } from "./octets.ts";

const PERCENT = 0x25;
const COLON = 0x3a;
const MAX_PORT = 65_535;

/** Whether `text` is `uri-host [ ":" [ port ] ]`; the empty host is one too (RFC 9110 7.2). */
export function isHostWithOptionalPort(text: string): boolean {
  const host = endOfHost(text);
  return host >= 0 && (host === text.length || isPort(text, host));
}

/** Whether `text` is `uri-host ":" port` with neither part empty, as CONNECT needs (RFC 9112 3.2.3). */
export function isHostWithPort(text: string): boolean {
  const host = endOfHost(text);
  return host > 0 && host + 1 < text.length && isPort(text, host);
}

/** Where the host that begins `text` ends, or -1 where no host begins it. */
function endOfHost(text: string): number {
  if (text.charCodeAt(0) === 0x5b) {
    const close = text.indexOf("]");
    return close > 1 && isIpLiteral(text.slice(1, close)) ? close + 1 : -1;
  }
  let i = 0;
  while (i < text.length) {
    const octet = text.charCodeAt(i);
    if ((OCTET[octet]! & REG_NAME) === 0) break;
    if (octet === PERCENT && !isAll(text.slice(i + 1, i + 3).padEnd(2, " "), HEXDIG)) return -1;
    i++;
  }
  return i;
}

/** Whether `text`, which stands between brackets, is an IPv6 address or one of a version to come. */
function isIpLiteral(text: string): boolean {
  if (!isAll(text, IP_LITERAL)) return false;
  // The URL Standard's parser knows an IPv6 address when it sees one; the future is RFC 3986's.
  return /^v[0-9a-f]+\../i.test(text) || URL.canParse(`http://[${text}]/`);
}

function isPort(text: string, colon: number): boolean {
  const port = text.slice(colon + 1);
  return text.charCodeAt(colon) === COLON && isAll(port, DIGIT) && Number(port) <= MAX_PORT;
}

function isAll(text: string, octetClass: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if ((OCTET[text.charCodeAt(i)]! & octetClass) === 0) return false;
  }
  return true;
}

/**
 * Whether the octets of a Host field are `uri-host [ ":" port ]` (RFC 9110 7.2). Every request asks
 * this, so the plain case, a name or an IPv4 address and a port, is answered without making a string.
 */
export function isHostField(bytes: Uint8Array, start: number, end: number): boolean {
  let i = start;
  while (i < end && (OCTET[bytes[i]!]! & REG_NAME) !== 0 && bytes[i] !== PERCENT) i++;
  let port = 0;
  if (i < end && bytes[i] === COLON) {
    i++;
    while (i < end && (OCTET[bytes[i]!]! & DIGIT) !== 0 && port <= MAX_PORT) {
      port = port * 10 + bytes[i]! - 0x30;
      i++;
    }
  }
  return (i === end && port <= MAX_PORT) || isHostWithOptionalPort(toLatin1(bytes, start, end));
}
