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

/** The variables that `request` becomes. */
export function toMetaVariables(request: HttpRequest, place: ScriptPlace): Map<string, string> {
  const { method, target, version, fields, remoteAddress, secure } = request;
  const server = toServer(request);
  const client = remoteAddress.transport === "tcp" ? remoteAddress.hostname : "";
  const variables = new Map([
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
    const key = name.toLowerCase();
    if (NOT_HTTP.test(key) || !/^[a-z0-9-]+$/.test(key)) continue;
    const variable = `HTTP_${key.toUpperCase().replaceAll("-", "_")}`;
    const before = variables.get(variable);
    // Cookie is the one field whose lines are not joined by a comma (RFC 6265 5.4).
    const comma = key === "cookie" ? "; " : ", ";
    variables.set(variable, before === undefined ? value : before + comma + value);
  }
  return variables;
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
