// The parts of a request-target, and the one place where a path is decoded.

import { ProtocolError } from "../../lib/http1/protocol_error.ts";
import { decodePath, parseRequestTarget } from "../../lib/http1/request_target.ts";
import { assertEquals, assertThrows } from "../deps.ts";

type Parts = Record<string, string | null>;

const targets: [method: string, raw: string, parts: Parts][] = [
  ["GET", "/", { form: "origin", path: "/", query: null }],
  ["GET", "/a?", { form: "origin", path: "/a", query: "" }],
  ["GET", "/a?b?c", { form: "origin", path: "/a", query: "b?c" }],
  ["GET", "//a/b", { form: "origin", path: "//a/b", query: null }],
  ["GET", "/http://a/b", { form: "origin", path: "/http://a/b", query: null }],
  ["OPTIONS", "*", { form: "asterisk" }],
  ["CONNECT", "a:1", { form: "authority", authority: "a:1" }],
  ["CONNECT", "[::1]:443", { form: "authority", authority: "[::1]:443" }],
  ["GET", "http://a", { form: "absolute", scheme: "http", authority: "a", path: "/", query: null }],
  ["GET", "HTTPS://a:1/b?c", {
    form: "absolute",
    scheme: "https",
    authority: "a:1",
    path: "/b",
    query: "c",
  }],
  ["GET", "http://a?b/c", {
    form: "absolute",
    scheme: "http",
    authority: "a",
    path: "/",
    query: "b/c",
  }],
  ["GET", "http://a//b", {
    form: "absolute",
    scheme: "http",
    authority: "a",
    path: "//b",
    query: null,
  }],
];

for (const [method, raw, parts] of targets) {
  Deno.test(`parseRequestTarget cuts ${method} ${raw} into its parts (RFC 9112 3.2)`, () => {
    assertEquals(parseRequestTarget(raw, method) as unknown, { raw, ...parts });
  });
}

const refused: [method: string, raw: string][] = [
  ["GET", ""],
  ["GET", "a"],
  ["GET", "*"],
  ["GET", "**"],
  ["options", "*"],
  ["GET", "http:"],
  ["GET", "http:a"],
  ["GET", "http:/a"],
  ["GET", "http://"],
  ["GET", "http:///"],
  ["GET", "http://:"],
  ["GET", "http://:80/"],
  ["GET", "http://a@b/"],
  ["GET", "http://a:b/"],
  ["GET", "http://a\\@b/"],
  ["GET", "http://[::1/"],
  ["GET", "://a/"],
  ["GET", "+://a/"],
  ["CONNECT", "a"],
  ["CONNECT", ":1"],
  ["CONNECT", "a:"],
  ["CONNECT", "a:1/"],
  ["CONNECT", "http://a:1"],
  ["CONNECT", "*"],
];

for (const [method, raw] of refused) {
  Deno.test(`parseRequestTarget refuses ${method} ${JSON.stringify(raw)} (RFC 9112 3.2)`, () => {
    assertEquals(assertThrows(() => parseRequestTarget(raw, method), ProtocolError).status, 400);
  });
}

const paths: [path: string, decoded: string | null][] = [
  ["/", "/"],
  ["/a%20b", "/a b"],
  ["/caf%C3%A9", "/caf\u00e9"],
  ["/%e2%82%ac", "/\u20ac"],
  ["/%f0%9f%8d%b5", "/\u{1f375}"],
  ["/%2e%2e/x", "/../x"],
  ["/%41+b", "/A+b"],
  ["/%2541", "/%41"],
  ["/%", null],
  ["/%4", null],
  ["/%zz", null],
  ["/a%2fb", null],
  ["/a%2Fb", null],
  ["/a%5cb", "/a\\b"],
  ["/a%5Cb", "/a\\b"],
  ["/%00", null],
  ["/%0a", "/\n"],
  ["/%1F", "/\x1f"],
  ["/%7f", "/\x7f"],
  ["/%ff", null],
  ["/%c0%af", null],
  ["/%c0%80", null],
  ["/%ed%a0%80", null],
  ["/%c3", null],
];

for (const [path, decoded] of paths) {
  Deno.test(`decodePath: ${path} is ${decoded === null ? "no name" : JSON.stringify(decoded)}`, () => {
    assertEquals(decodePath(path), decoded);
  });
}
