/**
 * COMMAND LINE: who the server says it is under TLS.
 *
 * Either a certificate and its key come from files, or they are made at the start and forgotten at the
 * end. Such a one is good for every name and address under which the start line offers the server, and
 * browsers warn of it; its fingerprint is printed, for whoever wants to know that it is this one.
 */

import { makeSelfSigned } from "../net/self_signed.ts";
import type { TlsIdentity } from "../net/tls.ts";
import { FAILED, Failure } from "./failure.ts";
import { listInterfaces } from "./interfaces.ts";
import type { PemFiles, Place, TlsSettings } from "./options.ts";

/** A certificate and its key; the fingerprint where both were made at the start. */
export interface ServerIdentity extends TlsIdentity {
  readonly fingerprint?: string;
}

/** Under which this machine reaches itself. */
const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/** Reads or makes the certificate for what listens at `place`. Throws `Failure`. */
export async function toServerIdentity(tls: TlsSettings, place: Place): Promise<ServerIdentity> {
  return tls === "self-signed"
    ? await makeSelfSigned({ names: toNames(place) })
    : readIdentity(tls);
}

/** Reads the certificate and its key, which are not looked into here. Throws `Failure`. */
export function readIdentity(files: PemFiles): TlsIdentity {
  return {
    certificate: readPem("--tls-cert", files.certificate),
    key: readPem("--tls-key", files.key),
  };
}

function readPem(option: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Deno.errors.PermissionDenied
      ? "permission is denied"
      : (error as Error).message;
    throw new Failure(`Cannot read ${option} ${path}: ${reason}`, FAILED);
  }
}

function toNames(place: Place): string[] {
  if (place.transport === "unix") return LOOPBACK;
  const { hostname } = place;
  const given = hostname === "0.0.0.0" || hostname === "::"
    ? listInterfaces().map(({ address }) => address)
    : [toAscii(hostname)];
  return [...new Set([...LOOPBACK, ...given])];
}

/** As clients ask for it: a name in small ASCII letters, an address in its usual form. */
function toAscii(hostname: string): string {
  const authority = hostname.includes(":") ? `[${hostname}]` : hostname;
  return URL.parse(`https://${authority}/`)?.hostname.replace(/^\[|\]$|\.$/g, "") ?? hostname;
}
