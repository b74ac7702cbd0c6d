/**
 * WHAT ANSWERS (RFC 3875 section 4.1): a request in the words of the gateway.
 *
 * CGI scripts find these in their environment, WSGI apps in their `environ`. Strings are octets: a character
 * is one octet (ISO-8859-1), as they came over the wire; whoever hands them on writes them out so.
 *
 * What keeps a peer from putting words into the server's mouth: a field whose name holds `_` is left out,
 * for `A_B` and `A-B` would become the same variable; `Proxy` is left out, for `HTTP_PROXY` is what many
 * libraries take their proxy from (httpoxy, CVE-2016-5385); a NUL is nowhere, for it ends a string in
 * an environment.
 *
 * Where the server itself has let somebody in, the variables say who (sections 4.1.1 and 4.1.11), and the
 * password that proved it goes no further: `Authorization` is left out then.
 */

import type { HttpRequest } from "../../server/handler.ts";

/** Where the script or app is, in the URL. */
export interface ScriptPlace {
  /** The part of the path that leads to it, decoded to octets, without a slash at its end; "" at the root. */
  readonly scriptName: string;
  /** The rest of the path, decoded to octets; "" or beginning with a slash. */
  readonly pathInfo: string;
  /** What the program calls itself, for SERVER_SOFTWARE: `rawserve/0.1.0`. */
  readonly software: string;
}

/** Fields that have variables of their own, or none. */
const NOT_HTTP = /^(?:content-length|content-type|proxy)$/;

/** What names of fields become, as they were sent; only so many, for clients make them up. */
const VARIABLES = new Map<string, string | null>();
const VARIABLES_LIMIT = 1_000;

/** The variables that `request` becomes. */
export function toMetaVariables(request: HttpRequest, place: ScriptPlace): Map<string, string> {
  const { method, target, version, fields, remoteAddress, secure, user } = request;
  const server = toServer(request);
  const client = remoteAddress.transport === "tcp" ? remoteAddress.hostname : "";
  const variables = new Map<string, string>([
    ["GATEWAY_INTERFACE", "CGI/1.1"],
    ["SERVER_SOFTWARE", place.software],
    ["SERVER_PROTOCOL", `HTTP/${version}`],
    ["SERVER_NAME", server.name],
    ["SERVER_PORT", server.port],
    ["REQUEST_METHOD", method],
    ["REQUEST_SCHEME", secure ? "https" : "http"],
    ["REQUEST_URI", toRequestUri(request)],
    ["SCRIPT_NAME", place.scriptName],
    ["PATH_INFO", place.pathInfo],
    ["QUERY_STRING", "query" in target ? target.query ?? "" : ""],
    ["REMOTE_ADDR", client],
    // Names are not looked up; the address stands in for one (RFC 3875 4.1.9).
    ["REMOTE_HOST", client],
  ]);
  if (secure) variables.set("HTTPS", "on");
  if (remoteAddress.transport === "tcp") variables.set("REMOTE_PORT", String(remoteAddress.port));
  const length = fields.get("content-length");
  if (length !== null) variables.set("CONTENT_LENGTH", length);
  const type = fields.get("content-type");
  if (type !== null) variables.set("CONTENT_TYPE", type);
  for (const [name, value] of fields) {
    const variable = toVariable(name);
    if (variable === null) continue;
    const before = variables.get(variable);
    // Cookie is the one field whose lines are not joined by a comma (RFC 6265 5.4).
    const comma = variable === "HTTP_COOKIE" ? "; " : ", ";
    variables.set(variable, before === undefined ? value : before + comma + value);
  }
  if (user !== undefined) {
    variables.set("AUTH_TYPE", "Basic");
    variables.set("REMOTE_USER", toOctets(user));
    variables.delete("HTTP_AUTHORIZATION");
  }
  return variables;
}

/** The variable of a field, null where it has none of its own. Clients use the same few names again and again. */
function toVariable(name: string): string | null {
  const known = VARIABLES.get(name);
  if (known !== undefined) return known;
  const key = name.toLowerCase();
  const variable = NOT_HTTP.test(key) || !/^[a-z0-9-]+$/.test(key)
    ? null
    : `HTTP_${key.toUpperCase().replaceAll("-", "_")}`;
  if (VARIABLES.size < VARIABLES_LIMIT && name.length <= 64) VARIABLES.set(name, variable);
  return variable;
}

/** `text` in UTF-8, as characters that are octets. */
function toOctets(text: string): string {
  return Array.from(new TextEncoder().encode(text), (octet) => String.fromCharCode(octet)).join("");
}

/**
 * Name and port that the client asked for (RFC 3875 4.1.14); our own where it asked for none. A host without
 * a port means that of the scheme, whatever port a proxy in between has found us at.
 */
function toServer(
  { authority, localAddress, secure }: HttpRequest,
): { name: string; port: string } {
  const usual = secure ? "443" : "80";
  const [, name = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?/.exec(authority ?? "") ?? [];
  if (name !== "") return { name, port: port ?? usual };
  if (localAddress.transport !== "tcp") return { name: "localhost", port: usual };
  const { hostname } = localAddress;
  return {
    name: hostname.includes(":") ? `[${hostname}]` : hostname,
    port: String(localAddress.port),
  };
}

/** Path and query as they were sent, also where a whole URI was. */
function toRequestUri({ target, base }: HttpRequest): string {
  if (target.form !== "absolute") return target.raw;
  return target.query === null ? base + target.path : `${base}${target.path}?${target.query}`;
}

/**
 * Undoes a path's percent-encoding, once, to octets. Null where an escape is broken or makes a NUL. Unlike
 * the names of files, which are UTF-8 here, an app's paths may hold anything.
 */
export function decodePathOctets(path: string): string | null {
  if (/%(?![0-9A-Fa-f]{2})|%00/.test(path)) return null;
  return path.replace(
    /%([0-9A-Fa-f]{2})/g,
    (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
