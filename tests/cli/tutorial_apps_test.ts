// The apps of the tutorials, each run as a program as somebody would who tries it, and asked over a socket.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps.ts";
import { findProgram } from "../e2e/client_program.ts";
import { connect, type RawClient, type RawResponse } from "../support/raw_client.ts";
import { RedisServer } from "./redis_server.ts";
import { start, startServing } from "./started_program.ts";
import { TempFolder } from "./temp_folder.ts";

const APPS = new URL("../apps/", import.meta.url).pathname;
const FORM = "Content-Type: application/x-www-form-urlencoded";
const MULTIPART = "Content-Type: multipart/form-data; boundary=x";
const EVIL = `<script>alert("a'b")</script>&amp;`;
const ESCAPED = "&lt;script&gt;alert(&quot;a&#39;b&quot;)&lt;/script&gt;&amp;amp;";

/** `request` is the first line without the version, then other field lines. */
async function ask(client: RawClient, request: string, content?: string): Promise<RawResponse> {
  const [line = "", ...fields] = request.split("\n");
  const length = content === undefined ? [] : [`Content-Length: ${content.length}`];
  const head = [`${line} HTTP/1.1`, "Host: a.example", ...fields, ...length, "", ""];
  await client.send(head.join("\r\n") + (content ?? ""));
  return await client.readResponse();
}

function toMultipart(parts: readonly [disposition: string, content: string][]): string {
  const written = parts.map(([disposition, content]) =>
    `--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`
  );
  return `${written.join("")}--x--\r\n`;
}

/** What a page says beside its markup's white space. */
function squeeze(response: RawResponse): string {
  return response.text().replace(/>\s+/g, ">").replace(/\s+</g, "<");
}

Deno.test("pages: an index, a login, a form that is posted back", async () => {
  const { program, port } = await startServing([`${APPS}pages.ts`]);
  await using _ = program;
  using client = await connect(port);
  assertStringIncludes((await ask(client, "GET /")).text(), "<h1>Index</h1>");
  assertStringIncludes((await ask(client, "GET /")).text(), '<a href="/login">');
  const login = await ask(client, `POST /login\n${FORM}`, "user=%3Cann%3E");
  assertStringIncludes(login.text(), "Hello, &lt;ann&gt;!");
  assertStringIncludes((await ask(client, `POST /login\n${FORM}`, "")).text(), "Hello, stranger!");
  assertEquals((await ask(client, "POST /login", "user=ann")).status, 415);
  assertEquals((await ask(client, "DELETE /login")).status, 405);
  assertEquals((await ask(client, "GET /nothing")).status, 404);
});

Deno.test("time_server: another time each time, which nobody keeps", async () => {
  const { program, port } = await startServing([`${APPS}time_server.ts`]);
  await using _ = program;
  using client = await connect(port);
  const times: string[] = [];
  while (times.length < 2) {
    const { text } = await ask(client, "GET /plain");
    assertMatch(text(), /^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/);
    if (times.at(-1) !== text()) times.push(text());
  }
  assert(times[0]! < times[1]!);
  const page = await ask(client, "GET /");
  assertEquals(page.field("cache-control"), "no-store");
  assertMatch(squeeze(page), /<h1>It is \d{4}-\d\d-\d\dT[\d:.]+Z<\/h1>/);
  assertEquals((await ask(client, "POST /", "")).status, 405);
});

Deno.test("echo_form: what is posted is shown, whichever way, and none of it is markup", async () => {
  const { program, port } = await startServing([`${APPS}echo_form.ts`]);
  await using _ = program;
  using client = await connect(port);
  const form = await ask(client, "GET /");
  assertStringIncludes(form.text(), 'method="post" enctype="multipart/form-data"');
  const escaped = `<dt>${ESCAPED}</dt><dd>${ESCAPED}</dd>`;
  const encoded = encodeURIComponent(EVIL);
  const cases: [type: string, content: string, rows: string][] = [
    [FORM, "text=hello", "<dt>text</dt><dd>hello</dd>"],
    [FORM, "a=1&a=2", "<dt>a</dt><dd>1</dd><dt>a</dt><dd>2</dd>"],
    [FORM, "text=%C3%A4+%E2%82%AC", "<dt>text</dt><dd>ä €</dd>"],
    [FORM, `${encoded}=${encoded}`, escaped],
    [FORM, "", ""],
    [
      MULTIPART,
      toMultipart([['name="text"', "two\r\nlines"]]),
      "<dt>text</dt><dd>two\r\nlines</dd>",
    ],
    [MULTIPART, toMultipart([['name="text"', EVIL]]), `<dt>text</dt><dd>${ESCAPED}</dd>`],
    [
      MULTIPART,
      toMultipart([['name="file"; filename="<b>.txt"', "\x00\xff"], ['name="text"', ""]]),
      "<dt>file</dt><dd>&lt;b&gt;.txt, 2 octets</dd><dt>text</dt><dd></dd>",
    ],
  ];
  for (const [type, content, rows] of cases) {
    const answer = await ask(client, `POST /\n${type}`, content);
    assertEquals([answer.status, answer.field("content-type")], [200, "text/html; charset=utf-8"]);
    assertStringIncludes(squeeze(answer), `<dl>${rows}</dl>`);
  }
});

Deno.test("echo_form: what is no form is the sender's mistake, and the connection goes on", async () => {
  const { program, port } = await startServing([`${APPS}echo_form.ts`]);
  await using _ = program;
  using client = await connect(port);
  const cases: [request: string, content: string | undefined, status: number][] = [
    ["POST /", undefined, 415],
    ["POST /", "text=hello", 415],
    ["POST /\nContent-Type: text/plain", "text=hello", 415],
    ["POST /\nContent-Type: application/json", '{"text":"hello"}', 415],
    ["POST /\nContent-Type: multipart/form-data", toMultipart([]), 400],
    [`POST /\n${MULTIPART}`, "", 400],
    [`PUT /\n${FORM}`, "text=hello", 405],
    [`POST /none\n${FORM}`, "text=hello", 404],
  ];
  for (const [request, content, status] of cases) {
    const answer = await ask(client, request, content);
    assertEquals(answer.status, status, request);
    assertMatch(answer.text(), new RegExp(`^${status}\n`), request);
  }
  assertEquals((await ask(client, `POST /\n${FORM}`, "text=hello")).status, 200);
});

Deno.test("echo_form: too much is 413, whether the length says so or the chunks do (RFC 9110 15.5.14)", async () => {
  const { program, port } = await startServing([`${APPS}echo_form.ts`, "--max-content", "100"]);
  await using _ = program;
  {
    using client = await connect(port);
    const just = await ask(client, `POST /\n${FORM}`, `text=${"x".repeat(95)}`);
    assertEquals(just.status, 200);
    assertEquals((await ask(client, `POST /\n${FORM}`, `text=${"x".repeat(96)}`)).status, 413);
  }
  using client = await connect(port);
  const head =
    `POST / HTTP/1.1\r\nHost: a.example\r\n${FORM}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  await client.send(`${head}64\r\n${"x".repeat(100)}\r\n`);
  await client.send("1\r\nx\r\n0\r\n\r\n");
  const answer = await client.readResponse();
  assertEquals([answer.status, answer.field("connection")], [413, "close"]);
});

Deno.test("guest_book: keeps what was said in SQLite, if it is granted its variable and the file", async () => {
  await using folder = await TempFolder.make();
  const env = { GUEST_BOOK: `${folder.path}/book.sqlite` };
  const args = [`${APPS}guest_book.ts`, "--grant", "env,write"];
  for (const [name, before] of [[EVIL, 0], ["bob", 1]] as const) {
    const { program, port } = await startServing(args, { env });
    await using _ = program;
    using client = await connect(port);
    assertEquals((await ask(client, "GET /")).text().split("<li>").length - 1, before);
    const signed = await ask(client, `POST /\n${FORM}`, `name=${encodeURIComponent(name)}&said=hi`);
    assertEquals([signed.status, signed.field("location")], [303, "/"]);
    const page = squeeze(await ask(client, "GET /"));
    assertStringIncludes(page, `<b>${name === EVIL ? ESCAPED : name}</b>: hi`);
  }
});

Deno.test("guest_book: takes no empty entry, cuts long ones, shows the last fifty", async () => {
  const { program, port } = await startServing([`${APPS}guest_book.ts`, "--grant", "env"]);
  await using _ = program;
  using client = await connect(port);
  for (const content of ["", "name=ann", "said=hi", "name=+&said=hi", "name=ann&said=%0A"]) {
    assertEquals((await ask(client, `POST /\n${FORM}`, content)).status, 400, content);
  }
  assertEquals((await ask(client, "POST /", "name=ann&said=hi")).status, 415);
  assertEquals((await ask(client, "GET /")).text().includes("<li>"), false);
  // What looks like SQL is a text like any other.
  await ask(
    client,
    `POST /\n${FORM}`,
    `name=x')%3B+drop+table+entry%3B--&said=${"y".repeat(2_000)}`,
  );
  const page = squeeze(await ask(client, "GET /"));
  assertStringIncludes(page, "<b>x&#39;); drop table entry;--</b>");
  assertEquals(/y+/.exec(page.replace(/^.*<\/b>/s, ""))?.[0].length, 1_000);
  for (let n = 0; n < 50; n++) await ask(client, `POST /\n${FORM}`, `name=n&said=${n}`);
  const last = squeeze(await ask(client, "GET /"));
  assertEquals(
    Array.from(last.matchAll(/: (\d+)</g), ([, n]) => Number(n)),
    [
      ...Array(50).keys(),
    ].reverse(),
  );
});

Deno.test("an app that is not granted what it needs says which grant it is", async () => {
  for (const name of ["guest_book.ts", "shortener.ts"]) {
    await using program = start(["--port", "0", `${APPS}${name}`]);
    assertEquals((await program.waitForEnd()).code, 1);
    assertMatch(program.stderr, /^Cannot run \S+: NotCapable: .*, give it --grant env \(\S+\)$/);
  }
});

/** Gives the shortener addresses, follows their names, and tries what it has to refuse. */
async function assertShortens(client: RawClient): Promise<void> {
  const shorten = (url: string) => ask(client, `POST /\n${FORM}`, `url=${encodeURIComponent(url)}`);
  const shorts = new Set<string>();
  for (
    const [long, kept] of [
      ["https://deno.com/a?b=c#d", "https://deno.com/a?b=c#d"],
      ["HTTP://Example.COM", "http://example.com/"],
      ["http://a/\r\nSet-Cookie: x=y", "http://a/Set-Cookie:%20x=y"],
      [`http://a/"><b>`, "http://a/%22%3E%3Cb%3E"],
      ["http://ä.example/€", "http://xn--4ca.example/%E2%82%AC"],
      ["https://deno.com/a?b=c#d", "https://deno.com/a?b=c#d"],
    ] as const
  ) {
    const [, short = ""] = /<a href="http:\/\/a\.example(\/[0-9a-z]+)">/
      .exec((await shorten(long)).text()) ?? [];
    const found = await ask(client, `GET ${short}`);
    assertEquals([found.status, found.field("location")], [302, kept]);
    shorts.add(short);
  }
  assertEquals(shorts.size, 6);
  for (const long of ["", "deno.com", "javascript:alert(1)", "data:text/html,x", "file:///etc"]) {
    assertEquals((await shorten(long)).status, 400, long);
  }
  assertEquals((await ask(client, `POST /\n${FORM}`, "other=http://a/")).status, 400);
  assertEquals((await ask(client, "POST /", "url=http://a/")).status, 415);
  assertEquals((await ask(client, "GET /zzzz")).status, 404);
  assertEquals((await ask(client, "GET /0")).status, 404);
  assertEquals((await ask(client, "GET /A")).status, 404);
  assertStringIncludes((await ask(client, "GET /")).text(), '<form method="post">');
}

Deno.test("shortener: names in memory", async () => {
  const { program, port } = await startServing([`${APPS}shortener.ts`, "--grant", "env"], {
    env: { REDIS_URL: "" },
  });
  await using _ = program;
  using client = await connect(port);
  await assertShortens(client);
});

const noRedis = findProgram("redis-server") === null ? "redis-server is missing" : "";

Deno.test({
  name: `shortener: names in Redis, which outlive the server${noRedis && ` (ignored: ${noRedis})`}`,
  ignore: noRedis !== "",
  fn: async () => {
    await using redis = await RedisServer.start();
    const args = [`${APPS}shortener.ts`, "--grant", "env"];
    const env = { REDIS_URL: `redis://127.0.0.1:${redis.port}` };
    {
      const { program, port } = await startServing(args, { env });
      await using _ = program;
      using client = await connect(port);
      await assertShortens(client);
    }
    const { program, port } = await startServing(args, { env });
    await using _ = program;
    using client = await connect(port);
    assertEquals((await ask(client, "GET /1")).field("location"), "https://deno.com/a?b=c#d");
    await redis.stop();
    assertEquals((await ask(client, "GET /1")).status, 500);
    await program.waitForLine(/Cannot answer GET \/1: ConnectionRefused/, { from: "stderr" });
  },
});

Deno.test("below a prefix the apps' links, redirects and short names lead back to them", async () => {
  const { program, port } = await startServing([
    `${APPS}hello.ts`,
    ...["pages", "guest_book", "shortener"].map((name) => `--mount=/a/${name}=${APPS}${name}.ts`),
    "--grant=env",
  ], { env: { REDIS_URL: "" } });
  await using _ = program;
  using client = await connect(port);
  const index = await ask(client, "GET /a/pages");
  assertStringIncludes(index.text(), '<a href="/a/pages/login">');
  assertStringIncludes((await ask(client, "GET /a/pages/login")).text(), "<h1>Login</h1>");
  const signed = await ask(client, `POST /a/guest_book/\n${FORM}`, "name=ann&said=hi");
  assertEquals([signed.status, signed.field("location")], [303, "/a/guest_book/"]);
  const short = await ask(client, `POST /a/shortener\n${FORM}`, "url=http%3A%2F%2Flong.example%2F");
  assertStringIncludes(short.text(), '<a href="http://a.example/a/shortener/1">');
  const found = await ask(client, "GET /a/shortener/1");
  assertEquals([found.status, found.field("location")], [302, "http://long.example/"]);
  assertEquals((await ask(client, "GET /a/none")).text(), "Hello World!\n");
});
