// Web-standard apps over a real socket: what they are asked, and what becomes of their answers.

import { BackgroundWork } from "../../../lib/handlers/apps/app_info.ts";
import { fetchApp, type FetchFunction } from "../../../lib/handlers/apps/fetch_app.ts";
import { assert, assertEquals, assertStringIncludes } from "../../deps.ts";
import { connect, type RawClient, type RawResponse } from "../../support/raw_client.ts";
import { startServer, type TestServer } from "../../support/server.ts";

function startApp(app: FetchFunction, work = new BackgroundWork(() => {})): TestServer {
  return startServer(fetchApp(app, work));
}

/** The answer to one request, whose head and content are `octets`, CRLF for each line feed. */
async function ask(
  server: TestServer,
  octets: string,
  options: { head?: boolean } = {},
): Promise<RawResponse> {
  using client = await connect(server.port);
  await client.send(octets.replaceAll("\n", "\r\n"));
  return await client.readResponse(options);
}

const get = (target: string, ...lines: string[]) =>
  `GET ${target} HTTP/1.1\nHost: a.example\n${lines.map((line) => `${line}\n`).join("")}\n`;

/** Reads octet by octet until what was read ends with `end`. */
async function readUntil(client: RawClient, end: string): Promise<void> {
  let read = "";
  while (!read.endsWith(end)) read += String.fromCharCode(...await client.readBytes(1));
}

const urls: [request: string, url: string][] = [
  [get("/"), "http://a.example/"],
  [get("/a/b?c=d&e"), "http://a.example/a/b?c=d&e"],
  [get("/a/../b/./c"), "http://a.example/b/c"],
  [get("/.%2e/b"), "http://a.example/b"],
  [get("/a\\b"), "http://a.example/a/b"],
  [get("/{x}?{y}'"), "http://a.example/%7Bx%7D?{y}%27"],
  [get("//evil.example/x"), "http://a.example//evil.example/x"],
  [get("/?"), "http://a.example/?"],
  ["GET / HTTP/1.1\nHost: A.Example:80\n\n", "http://a.example/"],
  ["GET / HTTP/1.1\nHost: 0x7f.1:8080\n\n", "http://127.0.0.1:8080/"],
  ["GET / HTTP/1.1\nHost: [::0001]:8080\n\n", "http://[::1]:8080/"],
  ["GET http://b.example/x?y HTTP/1.1\nHost: a.example\n\n", "http://b.example/x?y"],
  ["OPTIONS * HTTP/1.1\nHost: a.example\n\n", "http://a.example/*"],
];

for (const [request, url] of urls) {
  Deno.test(`an app is asked for ${url} by ${JSON.stringify(request)} (RFC 9110 7.1)`, async () => {
    await using server = startApp((request) => new Response(request.url));
    assertEquals((await ask(server, request)).text(), url);
  });
}

Deno.test("a peer that names no host asks for our address (RFC 9110 7.2)", async () => {
  await using server = startApp((request) => new Response(request.url));
  const expected = `http://127.0.0.1:${server.port}/x`;
  assertEquals((await ask(server, "GET /x HTTP/1.0\n\n")).text(), expected);
  assertEquals((await ask(server, "GET /x HTTP/1.1\nHost:\n\n")).text(), expected);
});

for (const host of ["%41%zz", "xn--a", "a.xn--a:8000", "a%20b", "1.2.3.4.5", "256.256.256.256"]) {
  Deno.test(`a Host that no URL can have is refused: ${host} (RFC 9110 4.2)`, async () => {
    let calls = 0;
    await using server = startApp(() => new Response(String(++calls)));
    assertEquals((await ask(server, `GET / HTTP/1.1\nHost: ${host}\n\n`)).status, 400);
    assertEquals(calls, 0);
  });
}

for (const method of ["TRACE", "TRACK", "CONNECT"]) {
  Deno.test(`${method} does not reach an app (Fetch 2.2.1)`, async () => {
    await using server = startApp(() => new Response("no"));
    const target = method === "CONNECT" ? "a.example:80" : "/";
    const request = `${method} ${target} HTTP/1.1\nHost: a.example:80\n\n`;
    assertEquals((await ask(server, request)).status, 501);
  });
}

Deno.test("an app sees method, fields and where the client is", async () => {
  await using server = startApp((request, info) => {
    const { remoteAddr } = info;
    return Response.json({
      method: request.method,
      fields: [...request.headers],
      host: remoteAddr.transport === "tcp" ? remoteAddr.hostname : "",
      isRequest: request instanceof Request,
    });
  });
  const request = "PURGE /x HTTP/1.1\nHost: a.example\nX-A: 1\nx-a: 2\nX-Octets: \xe9\n\n";
  assertEquals(JSON.parse((await ask(server, request)).text()), {
    method: "PURGE",
    fields: [["host", "a.example"], ["x-a", "1, 2"], ["x-octets", "\xe9"]],
    host: "127.0.0.1",
    isRequest: true,
  });
});

Deno.test("an app reads content as text, as JSON, as a form and as a stream", async () => {
  await using server = startApp(async (request) => {
    const way = new URL(request.url).pathname;
    if (way === "/json") return new Response((await request.json()).a);
    if (way === "/form") return new Response((await request.formData()).get("a") as string);
    if (way === "/clone") return new Response(await request.clone().text() + await request.text());
    if (way === "/wrapped") return new Response(await new Request(request).text());
    if (way === "/stream") {
      let length = 0;
      for await (const piece of request.body!) length += piece.length;
      return new Response(String(length));
    }
    return new Response(await request.text() + String(request.bodyUsed));
  });
  const post = (way: string, type: string, content: string) =>
    `POST ${way} HTTP/1.1\nHost: a\nContent-Type: ${type}\n` +
    `Content-Length: ${content.length}\n\n${content}`;
  const form = "application/x-www-form-urlencoded";
  assertEquals((await ask(server, post("/", "text/plain", "hello"))).text(), "hellotrue");
  assertEquals((await ask(server, post("/json", "application/json", '{"a":"b"}'))).text(), "b");
  assertEquals((await ask(server, post("/form", form, "a=b%20c"))).text(), "b c");
  assertEquals((await ask(server, post("/clone", "text/plain", "ab"))).text(), "abab");
  assertEquals((await ask(server, post("/wrapped", "text/plain", "ab"))).text(), "ab");
  assertEquals(
    (await ask(server, post("/stream", "text/plain", "x".repeat(9_000)))).text(),
    "9000",
  );
});

Deno.test("an app echoes content as it comes", async () => {
  await using server = startApp((request) => new Response(request.body));
  using client = await connect(server.port);
  await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  await readUntil(client, "abc\r\n");
  await client.send("2\r\nde\r\n0\r\n\r\n");
  await readUntil(client, "de\r\n0\r\n\r\n");
});

Deno.test("GET with content reaches an app without it, and the connection lives on", async () => {
  await using server = startApp(async (request) => new Response(`[${await request.text()}]`));
  using client = await connect(server.port);
  for (let time = 0; time < 2; time++) {
    await client.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    assertEquals((await client.readResponse()).text(), "[]");
  }
});

const answers: [name: string, make: () => Response, status: number, content: string][] = [
  ["a text", () => new Response("héllo"), 200, "h\xe9llo"],
  ["octets", () => new Response(new Uint8Array([104, 105])), 200, "hi"],
  ["nothing", () => new Response(null), 200, ""],
  ["a Blob", () => new Response(new Blob(["a", "b"])), 200, "ab"],
  ["JSON", () => Response.json({ a: 1 }, { status: 201 }), 201, '{"a":1}'],
  ["a stream", () => new Response(ReadableStream.from(["a", "b"].map(toOctets))), 200, "ab"],
  ["a form", () => new Response(new URLSearchParams({ a: "b c" })), 200, "a=b+c"],
  ["a clone", () => new Response("abc").clone(), 200, "abc"],
  ["a redirect", () => Response.redirect("http://b.example/", 303), 303, ""],
  ["204", () => new Response(null, { status: 204 }), 204, ""],
];

function toOctets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

for (const [name, make, status, content] of answers) {
  Deno.test(`an app answers with ${name}, at once and by promise`, async () => {
    let isLate = false;
    await using server = startApp(() => isLate ? Promise.resolve().then(make) : make());
    using client = await connect(server.port);
    for (isLate of [false, true, false]) {
      await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      const response = await client.readResponse();
      assertEquals([response.status, response.text()], [status, content]);
    }
  });
}

Deno.test("fields of an answer arrive; each Set-Cookie has its own line (RFC 6265 3)", async () => {
  await using server = startApp(() => {
    const headers = new Headers([["Set-Cookie", "a=1"], ["X-A", "1"], ["set-cookie", "b=2"]]);
    headers.append("x-a", "2");
    return new Response("", { headers });
  });
  const { fields } = await ask(server, get("/"));
  assertEquals(fields.filter(([name]) => /^(?:set-cookie|x-a)$/.test(name)), [
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2"],
    ["x-a", "1, 2"],
  ]);
});

Deno.test("framing, persistence and Date stay the driver's, whatever an app says (RFC 9112 6)", async () => {
  await using server = startApp(() =>
    new Response("abc", {
      headers: {
        "Transfer-Encoding": "chunked",
        "Connection": "close",
        "Keep-Alive": "x",
        "Date": "x",
      },
    })
  );
  using client = await connect(server.port);
  for (let time = 0; time < 2; time++) {
    await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const response = await client.readResponse();
    assertEquals([response.text(), response.field("keep-alive")], ["abc", null]);
  }
});

Deno.test("an app that knows the length of its stream has it sent; one that lies is cut (RFC 9112 8)", async () => {
  await using server = startApp((request) => {
    const headers = { "Content-Length": new URL(request.url).pathname.slice(1) };
    return new Response(ReadableStream.from([toOctets("abc")]), { headers });
  });
  const response = await ask(server, get("/3"));
  assertEquals([response.field("content-length"), response.text()], ["3", "abc"]);
  using client = await connect(server.port);
  await client.send("GET /9 HTTP/1.1\r\nHost: a\r\n\r\n");
  assert((await client.readAllText()).endsWith("\r\n\r\nabc"));
});

Deno.test("HEAD tells no length that an app did not mean (RFC 9110 8.6)", async () => {
  await using server = startApp((request) =>
    new Response(request.method === "HEAD" ? null : "abc", { headers: { "x-a": request.method } })
  );
  const response = await ask(server, "HEAD / HTTP/1.1\nHost: a\n\n", { head: true });
  assertEquals([response.status, response.field("x-a")], [200, "HEAD"]);
  assertEquals(response.field("content-length"), null);
});

const failures: [name: string, app: FetchFunction, says: string][] = [
  ["throws", () => {
    throw new Error("at once");
  }, "at once"],
  ["rejects", () => Promise.reject(new Error("later")), "later"],
  ["returns nothing", () => undefined as unknown as Response, "no Response"],
  ["returns a text", () => "hello" as unknown as Response, "no Response"],
  ["resolves to nothing", () => Promise.resolve() as unknown as Promise<Response>, "no Response"],
  ["returns Response.error()", () => Response.error(), "Response.error()"],
  ["returns what was read before", async () => {
    const response = new Response("abc");
    await response.text();
    return response;
  }, "used up"],
];

for (const [name, app, says] of failures) {
  Deno.test(`an app that ${name} is a 500, and the connection lives on (RFC 9110 15.6.1)`, async () => {
    await using server = startApp(app);
    using client = await connect(server.port);
    for (let time = 0; time < 2; time++) {
      await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals((await client.readResponse()).status, 500);
    }
    assertStringIncludes(String(server.handlerErrors[0]), says);
  });
}

Deno.test("an app's stream that fails cuts the answer", async () => {
  await using server = startApp(() =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(toOctets("abc")),
        pull: () => Promise.reject(new Error("broken")),
      }),
    )
  );
  using client = await connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const all = await client.readAllText();
  assertStringIncludes(all, "abc");
  assert(!all.endsWith("0\r\n\r\n"));
  assertStringIncludes(String(server.handlerErrors[0]), "broken");
});

Deno.test("request.signal aborts when the peer leaves before the answer", async () => {
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  await using server = startApp((request) => {
    request.signal.addEventListener("abort", () => left.resolve());
    asked.resolve();
    return left.promise.then(() => new Response("nobody"));
  });
  const client = await connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await asked.promise;
  client[Symbol.dispose]();
  await left.promise;
});

Deno.test("what an app hands to waitUntil goes on after the answer, with the request's fields", async () => {
  const failed: unknown[] = [];
  const work = new BackgroundWork((error) => failed.push(error));
  const answered = Promise.withResolvers<void>();
  let seen: string | null = null;
  await using server = startApp((request, { waitUntil }) => {
    waitUntil(answered.promise.then(() => {
      seen = request.headers.get("x-a");
      throw new Error("background");
    }));
    return new Response("done");
  }, work);
  assertEquals((await ask(server, get("/", "X-A: 1"))).text(), "done");
  assertEquals(work.size, 1);
  answered.resolve();
  await work.settled();
  assertEquals([work.size, seen, String(failed[0])], [0, "1", "Error: background"]);
});
