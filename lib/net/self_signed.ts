/**
 * SOCKETS (RFC 5280): a certificate that nobody vouches for, for development.
 *
 *   Certificate ::= SEQUENCE { what is said, with which algorithm it is signed, the signature }
 *
 * The key is made for it (ECDSA on P-256) and lives as long as the process. What it says is what
 * programs of today look at: the names and addresses it is good for (subjectAltName; the common name is
 * for people), that it is a server's and signs no others, and from when to when it is valid. Whoever
 * trusts it has compared its fingerprint.
 */

import * as der from "./der.ts";
import { parseIpAddress } from "./ip_address.ts";
import type { TlsIdentity } from "./tls.ts";

/** A certificate, its key, and by what it is known. */
export interface SelfSigned extends TlsIdentity {
  /** SHA-256 of the certificate, as browsers and OpenSSL show it: `0A:1B:…`. */
  readonly fingerprint: string;
}

/** What the certificate says. */
export interface SelfSignedOptions {
  /** Names and IP addresses for which it is good; others than IPv4, IPv6 and ASCII names are left out. */
  readonly names: readonly string[];
  /** The moment from which it counts; now unless given. */
  readonly now?: Date;
}

/** Days before now, for the clocks of others, and days after. Less than the 825 that Apple allows. */
const DAYS_BEFORE = 1;
const DAYS_AFTER = 30;
const DAY = 86_400_000;

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const SUBJECT_ALT_NAME = "2.5.29.17";
/** Choices of GeneralName (RFC 5280 4.2.1.6). */
const DNS_NAME = 2;
const IP_ADDRESS = 7;
/** The first bit of KeyUsage, digitalSignature, and how many of the octet do not count. */
const DIGITAL_SIGNATURE = Uint8Array.of(0x80);
const UNUSED_BITS = 7;
/** Version 3 is written as 2. */
const VERSION_3 = Uint8Array.of(2);
const SERIAL_LENGTH = 16;
const PEM_LINE = /.{1,64}/g;
/** Labels of at most 63 octets, together at most 253 (RFC 1035 2.3.4). */
const HOST_NAME = /^(?=.{1,253}$)[\w-]{1,63}(?:\.[\w-]{1,63})*$/;

type Octets = Uint8Array<ArrayBuffer>;

/** Makes a certificate and its key. Throws `TypeError` where no name is left that it could be good for. */
export async function makeSelfSigned(options: SelfSignedOptions): Promise<SelfSigned> {
  const { names, now = new Date() } = options;
  const altNames = names.map(toGeneralName).filter((name) => name !== null);
  if (altNames.length === 0) throw new TypeError("Cannot make a certificate for no name");
  const { publicKey, privateKey } = await crypto.subtle.generateKey(ECDSA, true, [
    "sign",
    "verify",
  ]);
  const algorithm = der.sequence(der.objectIdentifier(ECDSA_WITH_SHA256));
  const name = toName("rawserve, self-signed");
  const said = der.sequence(
    der.explicit(0, der.integer(VERSION_3)),
    der.integer(toSerial()),
    algorithm,
    name,
    der.sequence(der.time(toDay(now, -DAYS_BEFORE)), der.time(toDay(now, DAYS_AFTER))),
    name,
    new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)),
    der.explicit(3, toExtensions(altNames)),
  );
  const signature = new Uint8Array(await crypto.subtle.sign(ECDSA, privateKey, said));
  const certificate = der.sequence(said, algorithm, der.bitString(toDerSignature(signature)));
  return {
    certificate: toPem("CERTIFICATE", certificate),
    key: toPem("PRIVATE KEY", new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey))),
    fingerprint: await toFingerprint(certificate),
  };
}

function toExtensions(altNames: readonly Octets[]): Octets {
  return der.sequence(
    // An empty sequence: it is no authority (4.2.1.9).
    toExtension(BASIC_CONSTRAINTS, { isCritical: true, value: der.sequence() }),
    toExtension(KEY_USAGE, {
      isCritical: true,
      value: der.bitString(DIGITAL_SIGNATURE, UNUSED_BITS),
    }),
    toExtension(EXTENDED_KEY_USAGE, { value: der.sequence(der.objectIdentifier(SERVER_AUTH)) }),
    toExtension(SUBJECT_ALT_NAME, { value: der.sequence(...altNames) }),
  );
}

function toExtension(id: string, options: { isCritical?: boolean; value: Octets }): Octets {
  const { isCritical = false, value } = options;
  const critical = isCritical ? [der.yes()] : [];
  return der.sequence(der.objectIdentifier(id), ...critical, der.octetString(value));
}

function toGeneralName(name: string): Octets | null {
  const address = parseIpAddress(name);
  if (address !== null) return der.implicit(IP_ADDRESS, new Uint8Array(address));
  if (!HOST_NAME.test(name)) return null;
  return der.implicit(DNS_NAME, new TextEncoder().encode(name));
}

/** A name of one part, the common name. */
function toName(commonName: string): Octets {
  const part = der.sequence(der.objectIdentifier(COMMON_NAME), der.utf8String(commonName));
  return der.sequence(der.setOf(part));
}

/** Random, so that no two are the same, and positive (4.1.2.2). */
function toSerial(): Octets {
  const serial = crypto.getRandomValues(new Uint8Array(SERIAL_LENGTH));
  serial[0] = 0x40 | serial[0]! & 0x3f;
  return serial;
}

function toDay(now: Date, days: number): Date {
  return new Date(now.getTime() + days * DAY);
}

/** WebCrypto puts the two numbers side by side, certificates have them in a sequence (RFC 3279 2.2.3). */
function toDerSignature(signature: Octets): Octets {
  const half = signature.length / 2;
  return der.sequence(
    der.integer(signature.subarray(0, half)),
    der.integer(signature.subarray(half)),
  );
}

function toPem(label: string, octets: Octets): string {
  const lines = octets.toBase64().match(PEM_LINE) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

async function toFingerprint(certificate: Octets): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", certificate));
  return digest.toHex().toUpperCase().replace(/..(?=.)/g, "$&:");
}
