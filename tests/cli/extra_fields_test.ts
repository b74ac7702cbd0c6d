// lib/cli/extra_fields.ts: --header and --cors around a handler.

import { textAnswer } from "../../lib/server/text_answer.ts";
import { toAmendment, withExtraFields } from "../../lib/cli/extra_fields.ts";
import { FieldBlock } from "../../lib/http1/field_block.ts";
import type { Handler, HttpResponse } from "../../lib/server/handler.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "../deps.ts";
import { makeRequest } from "./made_exchange.ts";

const PREPARED: HttpResponse = {
  status: 200,
  fields: new FieldBlock([["Content-Type", "text/plain"], ["Vary", "Accept"]]),
  content: new Uint8Array(3),
};
const GET = makeRequest("GET / HTTP/1.1");
const answer: Handler = () => PREPARED;

function linesOf(response: HttpResponse | Promise<HttpResponse>) {
  assert(!(response instanceof Promise));
  return [...response.fields];
}

Deno.test("withExtraFields leaves a handler alone where nothing is added", () => {
  assertStrictEquals(withExtraFields(answer, { fields: [], cors: false }), answer);
});

Deno.test("withExtraFields adds fields and keeps status and content", () => {
  const response = withExtraFields(answer, { fields: [["X-A", "1"], ["X-A", "2"]], cors: false })(
    GET,
  );
  assert(!(response instanceof Promise));
  assertEquals(response.status, 200);
  assertStrictEquals(response.content, PREPARED.content);
  assertEquals(linesOf(response), [
    ["Content-Type", "text/plain"],
    ["Vary", "Accept"],
    ["X-A", "1"],
    ["X-A", "2"],
  ]);
});

Deno.test("withExtraFields and toAmendment keep the protocol that a 426 offers", () => {
  const fields = new FieldBlock([["A", "1"]], "websocket");
  const options = { fields: [["X-A", "1"]] as const, cors: true };
  const offered = { status: 426, fields, content: new Uint8Array() };
  const response = withExtraFields(() => offered, options)(GET);
  assert(!(response instanceof Promise));
  for (const { fields } of [response, toAmendment(options)!(offered)]) {
    assertStringIncludes(new TextDecoder().decode(fields.octets), "Upgrade: websocket\r\nA: 1\r\n");
  }
});

Deno.test("withExtraFields makes the longer block once", () => {
  const handler = withExtraFields(answer, { fields: [["X-A", "1"]], cors: false });
  const [first, second] = [handler(GET), handler(GET)];
  assert(!(first instanceof Promise) && !(second instanceof Promise));
  assertStrictEquals(first.fields, second.fields);
});

Deno.test("withExtraFields replaces fields of the same name, save those that may be many", () => {
  const fields = [["content-type", "text/html"], ["Vary", "Cookie"]] as const;
  assertEquals(linesOf(withExtraFields(answer, { fields, cors: false })(GET)), [
    ["Vary", "Accept"],
    ["content-type", "text/html"],
    ["Vary", "Cookie"],
  ]);
});

Deno.test("withExtraFields works on answers by promise and lets errors through", async () => {
  const options = { fields: [["X-A", "1"]] as const, cors: false };
  const late = await withExtraFields(() => Promise.resolve(PREPARED), options)(GET);
  assertEquals(late.fields.get("x-a"), "1");
  const failing = withExtraFields(() => {
    throw new Error("sync");
  }, options);
  assertThrows(() => failing(GET), Error, "sync");
  const rejecting = withExtraFields(() => Promise.reject(new Error("async")), options);
  await assertRejects(async () => await rejecting(GET), Error, "async");
});

Deno.test("--cors lets every origin read, and an explicit field wins over it", () => {
  const starred = withExtraFields(answer, { fields: [], cors: true })(GET);
  assertEquals(linesOf(starred).at(-1), ["Access-Control-Allow-Origin", "*"]);
  const fields = [["access-control-allow-origin", "https://a.example"]] as const;
  const chosen = linesOf(withExtraFields(answer, { fields, cors: true })(GET));
  assertEquals(chosen.filter(([name]) => /origin/i.test(name)), [...fields]);
});

Deno.test("--cors answers a preflight itself, and no other OPTIONS", () => {
  let calls = 0;
  const handler = withExtraFields(() => (calls++, PREPARED), {
    fields: [["X-A", "1"]],
    cors: true,
  });
  const preflight = handler(makeRequest(
    "OPTIONS /a HTTP/1.1",
    "Origin: https://a.example",
    "Access-Control-Request-Method: PUT",
  ));
  assert(!(preflight instanceof Promise));
  assertEquals([preflight.status, preflight.content, calls], [204, null, 0]);
  assertEquals(preflight.fields.get("Access-Control-Allow-Origin"), "*");
  assert(preflight.fields.get("Access-Control-Allow-Methods")!.includes("PUT"));
  assertEquals(preflight.fields.get("x-a"), "1");
  for (const line of ["Origin: https://a.example", "Access-Control-Request-Method: PUT"]) {
    handler(makeRequest("OPTIONS /a HTTP/1.1", line));
  }
  assertEquals(calls, 2);
});

Deno.test("toAmendment puts the fields on answers that no handler gives", () => {
  assertEquals(toAmendment({ fields: [], cors: false }), undefined);
  const amend = toAmendment({ fields: [["Cache-Control", "private"]], cors: true })!;
  const amended = amend(textAnswer(400, "No"));
  assertEquals(amended.status, 400);
  assertEquals(amended.fields.get("access-control-allow-origin"), "*");
  assertEquals([...amended.fields].filter(([name]) => name === "Cache-Control"), [
    ["Cache-Control", "private"],
  ]);
});
