// What a script or an app is told about its request (RFC 3875 4.1).

import {
  decodePathOctets,
  type ScriptPlace,
  toMetaVariables,
} from "../../../lib/handlers/gateway/meta_variables.ts";
import type { HttpRequest } from "../../../lib/server/handler.ts";
import { assertEquals } from "../../deps.ts";
import { requestOf } from "../../support/request.ts";

const PLACE: ScriptPlace = { scriptName: "/a.cgi", pathInfo: "/b", software: "rawserve/1.2.3" };

function variablesOf(
  head: string,
  changes: Partial<HttpRequest> = {},
): ReadonlyMap<string, string> {
  return toMetaVariables({ ...requestOf(head.replaceAll("\n", "\r\n")), ...changes }, PLACE);
}

Deno.test("all variables of a plain request, and no others (RFC 3875 4.1)", () => {
  assertEquals(
    Object.fromEntries(variablesOf("GET /a.cgi/b?c=d HTTP/1.1\nHost: a.example:8000")),
    {
      GATEWAY_INTERFACE: "CGI/1.1",
      SERVER_SOFTWARE: "rawserve/1.2.3",
      SERVER_PROTOCOL: "HTTP/1.1",
      SERVER_NAME: "a.example",
      SERVER_PORT: "8000",
      REQUEST_METHOD: "GET",
      REQUEST_SCHEME: "http",
      REQUEST_URI: "/a.cgi/b?c=d",
      SCRIPT_NAME: "/a.cgi",
      PATH_INFO: "/b",
      QUERY_STRING: "c=d",
      REMOTE_ADDR: "127.0.0.1",
      REMOTE_HOST: "127.0.0.1",
      REMOTE_PORT: "50000",
      HTTP_HOST: "a.example:8000",
    },
  );
});

const local = (hostname: string): Partial<HttpRequest> => ({
  localAddress: { transport: "tcp", hostname, port: 8_000 },
});
const unix: Partial<HttpRequest> = {
  localAddress: { transport: "unix", path: "/run/s" },
  remoteAddress: { transport: "unix", path: "" },
};
const secure = { secure: true };
const http10 = "GET / HTTP/1.0";

const single: [what: string, head: string, changes: Partial<HttpRequest>, [string, string?][]][] = [
  ["the method as sent", "purge /x HTTP/1.1\nHost: a", {}, [["REQUEST_METHOD", "purge"]]],
  ["the version", http10, {}, [["SERVER_PROTOCOL", "HTTP/1.0"]]],
  ["no query", "GET /x HTTP/1.1\nHost: a", {}, [["QUERY_STRING", ""]]],
  ["an empty query", "GET /x? HTTP/1.1\nHost: a", {}, [["QUERY_STRING", ""], [
    "REQUEST_URI",
    "/x?",
  ]]],
  ["a query as it was sent", "GET /x?%41+b?c HTTP/1.1\nHost: a", {}, [["QUERY_STRING", "%41+b?c"]]],
  ["the path of a whole URI", "GET http://b:1/x?y HTTP/1.1\nHost: a", { authority: "b:1" }, [
    ["REQUEST_URI", "/x?y"],
    ["SERVER_NAME", "b"],
    ["SERVER_PORT", "1"],
  ]],
  ["the asterisk", "OPTIONS * HTTP/1.1\nHost: a", {}, [["REQUEST_URI", "*"], [
    "QUERY_STRING",
    "",
  ]]],
  ["the port that a scheme means", "GET / HTTP/1.1\nHost: a", {}, [["SERVER_PORT", "80"]]],
  ["TLS", "GET / HTTP/1.1\nHost: a", secure, [
    ["SERVER_PORT", "443"],
    ["HTTPS", "on"],
    ["REQUEST_SCHEME", "https"],
  ]],
  ["no TLS", "GET / HTTP/1.1\nHost: a\nHTTPS: on", {}, [["HTTPS"], ["HTTP_HTTPS", "on"]]],
  ["a port that is empty", "GET / HTTP/1.1\nHost: a:", {}, [["SERVER_NAME", "a"], [
    "SERVER_PORT",
    "80",
  ]]],
  ["an IPv6 host", "GET / HTTP/1.1\nHost: [::1]:81", {}, [["SERVER_NAME", "[::1]"], [
    "SERVER_PORT",
    "81",
  ]]],
  ["no host", http10, {}, [["SERVER_NAME", "127.0.0.1"], ["SERVER_PORT", "8000"], ["HTTP_HOST"]]],
  ["no host, IPv6", http10, local("::1"), [["SERVER_NAME", "[::1]"]]],
  ["no host, a Unix socket", http10, unix, [
    ["SERVER_NAME", "localhost"],
    ["SERVER_PORT", "80"],
    ["REMOTE_ADDR", ""],
    ["REMOTE_PORT"],
  ]],
  ["content", "POST / HTTP/1.1\nHost: a\nContent-Length: 3\nContent-Type: text/x", {}, [
    ["CONTENT_LENGTH", "3"],
    ["CONTENT_TYPE", "text/x"],
    ["HTTP_CONTENT_LENGTH"],
    ["HTTP_CONTENT_TYPE"],
  ]],
  ["no content", "GET / HTTP/1.1\nHost: a", {}, [["CONTENT_LENGTH"], ["CONTENT_TYPE"]]],
  ["fields", "GET / HTTP/1.1\nHost: a\nx-A-b: 1\nX9: \xe9\nEmpty:", {}, [
    ["HTTP_X_A_B", "1"],
    ["HTTP_X9", "\xe9"],
    ["HTTP_EMPTY", ""],
  ]],
  ["lines of one name", "GET / HTTP/1.1\nHost: a\nX: 1\nY: 2\nx: 3", {}, [["HTTP_X", "1, 3"]]],
  ["cookies (RFC 6265 5.4)", "GET / HTTP/1.1\nHost: a\nCookie: a=1\nCookie: b=2", {}, [
    ["HTTP_COOKIE", "a=1; b=2"],
  ]],
  ["Proxy (CVE-2016-5385)", "GET / HTTP/1.1\nHost: a\nProxy: evil\nPROXY: evil", {}, [
    ["HTTP_PROXY"],
  ]],
  ["_ in a name", "GET / HTTP/1.1\nHost: a\nX_A: evil\nX-A: 1\nx_a: evil\nContent_Length: 9", {}, [
    ["HTTP_X_A", "1"],
    ["HTTP_CONTENT_LENGTH"],
    ["CONTENT_LENGTH"],
  ]],
  ["names that no variable has", "GET / HTTP/1.1\nHost: a\nX.A: 1\nX!: 2\n!: 3", {}, [
    ["HTTP_X.A"],
    ["HTTP_X!"],
    ["HTTP_!"],
  ]],
  [
    "credentials, where nobody has checked them",
    "GET / HTTP/1.1\nHost: a\nAuthorization: x y",
    {},
    [
      ["AUTH_TYPE"],
      ["REMOTE_USER"],
      ["HTTP_AUTHORIZATION", "x y"],
    ],
  ],
  [
    "who was let in, and not by which password (RFC 3875 4.1.1, 4.1.11)",
    "GET / HTTP/1.1\nHost: a\nAuthorization: Basic YTpi\nRemote-User: evil\nAuth-Type: evil",
    { user: "\u00e9 \u20ac" },
    [
      ["AUTH_TYPE", "Basic"],
      ["REMOTE_USER", "\xc3\xa9 \xe2\x82\xac"],
      ["HTTP_AUTHORIZATION"],
    ],
  ],
  ["names of our own", "GET / HTTP/1.1\nHost: a\nPath: evil\nRemote-Addr: evil", {}, [
    ["PATH"],
    ["REMOTE_ADDR", "127.0.0.1"],
  ]],
];

for (const [what, head, changes, expected] of single) {
  Deno.test(`variables tell ${what}`, () => {
    const variables = variablesOf(head, changes);
    for (const [name, value] of expected) assertEquals(variables.get(name), value, name);
  });
}

const paths: [path: string, octets: string | null][] = [
  ["", ""],
  ["/a%20b", "/a b"],
  ["/%C3%A9", "/\xc3\xa9"],
  ["/%ff%FE", "/\xff\xfe"],
  ["/a%2Fb", "/a/b"],
  ["/a+b", "/a+b"],
  ["/%2541", "/%41"],
  ["/%0a%01", "/\n\x01"],
  ["/%00", null],
  ["/a%00b", null],
  ["/%", null],
  ["/%4", null],
  ["/%zz", null],
  ["/%41%", null],
];
for (const [path, octets] of paths) {
  Deno.test(`decodePathOctets makes ${JSON.stringify(octets)} of ${path} (RFC 3986 2.1)`, () => {
    assertEquals(decodePathOctets(path), octets);
  });
}
