// What was posted becomes a form, or the answer that says why it is none; the bad cases are the peer's.

import { readForm } from "../../../lib/handlers/router/read_form.ts";
import { assert, assertEquals, assertRejects } from "../../deps.ts";

const URLENCODED = "application/x-www-form-urlencoded";
const MULTIPART = "multipart/form-data; boundary=x";

function post(type: string | null, content: BodyInit): Request {
  const headers: HeadersInit = type === null ? {} : { "content-type": type };
  const body = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return new Request("http://a/", { method: "POST", headers, body });
}

const forms: [type: string, content: string, entries: [string, string][]][] = [
  [URLENCODED, "", []],
  [URLENCODED, "a=b&a=c&d", [["a", "b"], ["a", "c"], ["d", ""]]],
  [`${URLENCODED.toUpperCase()} ; charset=UTF-8`, "a=%C3%A4+b", [["a", "ä b"]]],
  // The platform takes what is no escape for itself, as the URL standard asks.
  [URLENCODED, "a=%zz", [["a", "%zz"]]],
  [MULTIPART, '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n', [[
    "a",
    "b",
  ]]],
];

for (const [type, content, entries] of forms) {
  Deno.test(`readForm takes ${JSON.stringify(content)} as ${type}`, async () => {
    const form = await readForm(post(type, content));
    assert(form instanceof FormData);
    assertEquals([...form], entries);
  });
}

const refused: [type: string | null, content: string, status: number][] = [
  [null, "a=b", 415],
  ["text/plain", "a=b", 415],
  ["application/json", '{"a":"b"}', 415],
  ["application/x-www-form-urlencodedx", "a=b", 415],
  ["multipart/mixed; boundary=x", "--x--\r\n", 415],
  ["multipart/form-data", "--x--\r\n", 400],
  [MULTIPART, "", 400],
];

for (const [type, content, status] of refused) {
  Deno.test(`readForm answers ${JSON.stringify(content)} as ${type} with ${status}`, async () => {
    const answer = await readForm(post(type, content));
    assert(answer instanceof Response);
    assertEquals(answer.status, status);
    assertEquals(answer.headers.get("content-type"), "text/plain; charset=utf-8");
    await answer.body?.cancel();
  });
}

Deno.test("readForm passes on why the content breaks off, so that the server can answer it", async () => {
  class TooLong extends Error {}
  const content = new ReadableStream({ pull: (controller) => controller.error(new TooLong()) });
  const request = new Request("http://a/", {
    method: "POST",
    headers: { "content-type": URLENCODED },
    body: content,
  });
  await assertRejects(() => readForm(request), TooLong);
});
