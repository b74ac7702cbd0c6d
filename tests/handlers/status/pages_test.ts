// lib/handlers/status/: the two pages before another handler.

import { withHealth } from "../../../lib/handlers/status/health.ts";
import { withMetricsPage } from "../../../lib/handlers/status/metrics_page.ts";
import type { Handler, HttpResponse } from "../../../lib/server/handler.ts";
import { textAnswer } from "../../../lib/server/text_answer.ts";
import { assertEquals } from "../../deps.ts";
import { requestOf } from "../../support/request.ts";

const beyond: Handler = () => textAnswer(418, "Not ours");

async function ask(handler: Handler, requestLine: string): Promise<HttpResponse> {
  return await handler(requestOf(`${requestLine}\r\nHost: a`));
}

function textOf({ content }: HttpResponse): string {
  return new TextDecoder().decode(content as Uint8Array);
}

Deno.test("health is 200 while the server serves and 503 otherwise, asked anew each time", async () => {
  let isServing = true;
  const handler = withHealth(beyond, () => isServing);
  const answers: [number, string][] = [];
  for (const state of [true, false, true]) {
    isServing = state;
    const answer = await ask(handler, "GET /.rawserve/health HTTP/1.1");
    assertEquals(answer.fields.get("cache-control"), "no-store");
    assertEquals(answer.fields.get("content-type"), "text/plain; charset=utf-8");
    answers.push([answer.status, textOf(answer)]);
  }
  assertEquals(answers, [[200, "ok\n"], [503, "not serving\n"], [200, "ok\n"]]);
});

Deno.test("the page of metrics names the format and is made anew each time", async () => {
  let value = 0;
  const handler = withMetricsPage(beyond, () => [
    { name: "a", type: "gauge", help: "b", samples: [{ value: value++ }] },
  ]);
  const answers = [
    await ask(handler, "GET /.rawserve/metrics HTTP/1.1"),
    await ask(handler, "GET /.rawserve/metrics HTTP/1.1"),
  ];
  assertEquals(answers.map(textOf), [0, 1].map((n) => `# HELP a b\n# TYPE a gauge\na ${n}\n`));
  const { fields } = answers[0]!;
  assertEquals(fields.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assertEquals(fields.get("cache-control"), "no-store");
});

const PAGES: [string, Handler][] = [
  ["health", withHealth(beyond, () => true)],
  ["metrics", withMetricsPage(beyond, () => [])],
];
const OTHER_METHODS: [string, number][] = [
  ["POST", 405],
  ["PUT", 405],
  ["DELETE", 405],
  ["PATCH", 405],
  ["TRACE", 405],
  ["OPTIONS", 204],
  ["BREW", 501],
  ["get", 501],
];

for (const [name, handler] of PAGES) {
  Deno.test(`${name} is read with GET and HEAD, and says so to other methods`, async () => {
    assertEquals((await ask(handler, `HEAD /.rawserve/${name} HTTP/1.1`)).status, 200);
    for (const [method, status] of OTHER_METHODS) {
      const answer = await ask(handler, `${method} /.rawserve/${name} HTTP/1.1`);
      assertEquals(answer.status, status, method);
      const allowed = status === 501 ? null : "GET, HEAD, OPTIONS";
      assertEquals(answer.fields.get("allow"), allowed, method);
    }
  });

  Deno.test(`${name} answers to every spelling of its path and to no other path`, async () => {
    const [first = "", rest] = [name.charCodeAt(0).toString(16), name.slice(1)];
    for (
      const target of [
        `/.rawserve/${name}?x=1`,
        `/%2Erawserve/${name}`,
        `/.rawserve/%${first}${rest}`,
        `http://a/.rawserve/${name}`,
      ]
    ) {
      assertEquals((await ask(handler, `GET ${target} HTTP/1.1`)).status, 200, target);
    }
    for (
      const target of [
        "/",
        "/.rawserve",
        "/.rawserve/",
        `/.rawserve/${name}/`,
        `/.rawserve/${name}x`,
        `/.Rawserve/${name}`,
        `/x/.rawserve/${name}`,
        `//.rawserve/${name}`,
        `/.rawserve%2f${name}`,
        `/.rawserve/${name}%00`,
        `/.rawserve/%ff`,
        `/?/.rawserve/${name}`,
      ]
    ) {
      assertEquals((await ask(handler, `GET ${target} HTTP/1.1`)).status, 418, target);
    }
    assertEquals((await ask(handler, "OPTIONS * HTTP/1.1")).status, 418);
  });
}
