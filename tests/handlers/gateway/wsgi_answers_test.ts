// What becomes of an app's answer: pieces as they come, lengths, heads, errors, close().

import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../deps.ts";
import { pythonTest, type RunningApp, startApp, toRequest } from "./wsgi_app.ts";

/** A head for content of 9 octets, where 7 come. */
const SHORT = encodeURIComponent("('200 OK', [('Content-Length', '9')])");

/** Runs one test with the cases as an app. */
function caseTest(name: string, run: (app: RunningApp) => Promise<void>): void {
  pythonTest(name, async () => {
    await using app = await startApp("wsgi_cases:app");
    await run(app);
  });
}

caseTest(
  "pieces go out as they come, before the next is asked for, and close() is called",
  async (app) => {
    using client = await app.connect();
    await client.send(toRequest("/pieces"));
    assertStringIncludes(await readUntil(client, "4\r\none \r\n"), "Transfer-Encoding: chunked");
    await app.waitForLine(/waiting for two/);
    assert(!app.log.includes("closed pieces"));
    await app.release("two");
    assertEquals(withoutChunkLines(await readUntil(client, "0\r\n\r\n")), "two three");
    await app.waitForLine(/^closed pieces$/);
    await client.send(toRequest("/hello"));
    assertEquals((await client.readResponse()).text(), "hello");
  },
);

async function readUntil(client: Awaited<ReturnType<RunningApp["connect"]>>, end: string) {
  let text = "";
  while (!text.endsWith(end)) text += String.fromCharCode(...await client.readBytes(1));
  return text;
}

/** The content; pieces that came at the same time may share a chunk. */
function withoutChunkLines(text: string): string {
  return text.replace(/[0-9a-f]+\r\n(.*)\r\n/g, "$1");
}

caseTest("write() sends at once, and what is returned goes behind it", async (app) => {
  using client = await app.connect();
  await client.send(toRequest("/write"));
  await readUntil(client, "9\r\nwritten, \r\n");
  await app.release("written");
  assertEquals(withoutChunkLines(await readUntil(client, "0\r\n\r\n")), "again, returned");
});

caseTest(
  "the head goes out with the first octet of content, and start_response may be as late",
  async (app) => {
    const response = await app.ask("/empty_first");
    assertEquals([response.status, response.text()], [201, "late"]);
  },
);

caseTest("what is returned as a list has a length, whatever its pieces are", async (app) => {
  const long = await app.ask("/long_list");
  assertEquals([long.framing, long.content.length], ["length", 3_890]);
  assertEquals((await app.ask("/hello")).field("content-length"), "5");
  const empty = await app.ask("/empty");
  assertEquals([empty.framing, empty.content.length], ["length", 0]);
  await app.waitForLine(/^closed empty$/);
});

caseTest("a big answer arrives whole, in many pieces and in one", async (app) => {
  const many = await app.ask("/big");
  assertEquals([many.framing, many.content.length], ["length", 20 << 20]);
  const one = await app.ask("/big_piece");
  assertEquals([one.framing, one.content.length], ["chunked", 3_000_000]);
  assert(one.content.every((octet) => octet === 0x78));
});

caseTest("wsgi.file_wrapper sends a file from where it stands, and closes it", async (app) => {
  const content = Array.from({ length: 200_000 }, (_, i) => String.fromCharCode(97 + i % 26)).join(
    "",
  );
  await app.release("file", content);
  assertEquals((await app.ask("/file")).text(), content.slice(5));
  await app.waitForLine(/^closed file$/);
  const part = await app.ask("/file_part");
  assertEquals([part.framing, part.text()], ["length", "abcd"]);
});

caseTest(
  "fields go to the client in their order; Date and framing are the server's",
  async (app) => {
    const response = await app.ask("/fields");
    assertEquals(response.status, 299);
    const fields = response.fields.filter(([name]) => name !== "Date");
    assertEquals(fields, [
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
      ["Content-Type", "text/plain"],
      ["X-Latin", "caf\xe9"],
      ["Location", "/elsewhere"],
      ["Content-Length", "3"],
    ]);
    assert(!response.field("date")!.includes("1970"));
  },
);

caseTest(
  "HEAD has the fields of GET and no content; an answer without content has none",
  async (app) => {
    const head = async (path: string) => {
      const { status, framing, field } = await app.ask(path, { method: "HEAD" });
      assertEquals([status, framing], [200, "none"]);
      return field("content-length");
    };
    assertEquals(await head("/hello"), "5");
    assertEquals(await head("/length?promised=123&pieces=ab"), "123");
    await app.waitForLine(/^closed length$/);
    assertEquals(await head("/endless"), null);
    await app.waitForLine(/^closed endless$/);
    assertEquals(await head("/empty"), null);
    const nothing = await app.ask("/no_content");
    assertEquals([nothing.status, nothing.content.length], [204, 0]);
    assertEquals(await app.get("/hello"), "hello");
  },
);

for (const [pieces, content] of [["abcd", "abcd"], ["ab,cd", "abcd"], ["abcd,", "abcd"]]) {
  caseTest(`Content-Length 4 and the pieces ${pieces}: ${content}`, async (app) => {
    const response = await app.ask(`/length?promised=4&pieces=${pieces}`);
    assertEquals([response.field("content-length"), response.text()], ["4", content]);
    assertEquals(app.log.replace("closed length", ""), "");
  });
}

for (const pieces of ["abcdefg", "abcd,efg", "ab,cdefg", "ab,!,cdefg", "abcd,e,f,g"]) {
  caseTest(
    `what ${pieces} has more than its Content-Length of 4 is dropped, and told`,
    async (app) => {
      await app.release("length");
      using client = await app.connect();
      const request = toRequest(`/length?promised=4&pieces=${pieces}`);
      await client.send(request + toRequest("/hello"));
      assertEquals((await client.readResponse()).text(), "abcd");
      assertEquals((await client.readResponse()).text(), "hello");
      const line = await app.waitForLine(/more content than its Content-Length/);
      assertStringIncludes(line.context.request!.target.raw, "/length");
      await app.waitForLine(/^closed length$/);
    },
  );
}

caseTest("content that is complete goes out although the app is not done", async (app) => {
  assertEquals(await app.get("/length?promised=4&pieces=abcd,!"), "abcd");
  await app.waitForLine(/waiting for length/);
  await app.release("length");
  assertEquals(await app.get("/hello"), "hello");
});

caseTest(
  "content that is shorter than its Content-Length: 502 where nothing went out, else cut",
  async (app) => {
    const response = await app.ask(`/head?${SHORT}`);
    assertEquals(response.status, 502);
    await app.waitForLine(/^The app gave less than its Content-Length: 2 octets are missing$/);
    using client = await app.connect();
    await client.send(toRequest("/length?promised=4&pieces=ab,!,c"));
    await readUntil(client, "ab");
    await app.release("length");
    assertEquals(new TextDecoder().decode(await client.readAll()), "c");
    assertEquals(app.exchanges.at(-1)!.isCut, true);
    assertMatch(
      String(app.server.handlerErrors[0]),
      /Content-Length: 1 octets are missing in the answer to GET \/length/,
    );
    assertEquals(await app.get("/hello"), "hello");
  },
);

const badHeads: [what: string, head: string, says: RegExp][] = [
  ["a line end in a value", `('200 OK', [('X', 'a\\r\\nY: b')])`, /X cannot hold such characters/],
  ["a line feed in a value", `('200 OK', [('X', 'a\\nb')])`, /X cannot hold such characters/],
  ["a NUL in a value", `('200 OK', [('X', 'a\\0b')])`, /X cannot hold such characters/],
  [
    "a character beyond an octet",
    `('200 OK', [('X', '\\u20ac')])`,
    /X cannot hold such characters/,
  ],
  ["a line end in a name", `('200 OK', [('X\\r\\nY', 'b')])`, /No field can have the name/],
  ["a colon in a name", `('200 OK', [('X: a', 'b')])`, /No field can have the name/],
  ["no name", `('200 OK', [('', 'b')])`, /No field can have the name/],
  ["a line end in the status", `('200 OK\\r\\nX: y', [])`, /No status can hold/],
  ["a status without a reason", `('200', [])`, /Status must be|status/i],
  ["a status that is no number", `('OK 200', [])`, /Status|status/],
  ["a status in octets", `(b'200 OK', [])`, /must be of type str/],
  ["a value in octets", `('200 OK', [('X', b'y')])`, /must be of type str/],
  ["fields that are no list", `('200 OK', {'X': 'y'})`, /list/],
  ["Connection", `('200 OK', [('Connection', 'close')])`, /Hop-by-hop/],
  ["Transfer-Encoding", `('200 OK', [('Transfer-Encoding', 'chunked')])`, /Hop-by-hop/],
  ["Upgrade", `('200 OK', [('upgrade', 'x')])`, /Hop-by-hop/],
  ["Status", `('200 OK', [('Status', '404')])`, /not the app's to set/],
  ["two lengths", `('200 OK', [('Content-Length', '7'), ('Content-Length', '7')])`, /no number of/],
  ["a length that is none", `('200 OK', [('Content-Length', '+7')])`, /no number of octets/],
  ["a length in other digits", `('200 OK', [('Content-Length', '\\u0667')])`, /such characters/],
];
const GOOD_HEAD = [
  "a good one",
  "('200 OK', [('X', 'y'), ('Content-Length', '7')])",
  null,
] as const;
pythonTest(
  "a head that is none, or more than one, is the app's error and never goes out",
  async () => {
    await using app = await startApp("wsgi_cases:app");
    // Once for names that are new to the worker, and once for names that have been good before.
    for (const [what, head, says] of [...badHeads, GOOD_HEAD, ...badHeads]) {
      if (says === null) {
        assertEquals((await app.ask(`/head?${encodeURIComponent(head)}`)).status, 200, what);
        continue;
      }
      const before = app.lines.length;
      const response = await app.ask(`/head?${encodeURIComponent(head)}`);
      assertEquals(response.status, 500, what);
      assertEquals(response.field("y"), null, what);
      const said = app.lines.slice(before).map(({ text }) => text).join("\n");
      assertMatch(said, says, what);
      assertMatch(said, /^Traceback/, what);
    }
    const good = await app.ask(`/head?${encodeURIComponent("('200 OK', [('X', ' a\\tb ')])")}`);
    assertEquals(good.field("x"), "a\tb");
  },
);

pythonTest("the same holds where Python runs without assertions", async () => {
  await using app = await startApp("wsgi_cases:app", { environment: { PYTHONOPTIMIZE: "1" } });
  const bad = badHeads.filter(([what]) => !/octets|list|without a reason/.test(what));
  for (const [what, head] of bad) {
    const { status } = await app.ask(`/head?${encodeURIComponent(head)}`);
    assert(status === 500 || status === 502, `${what}: ${status}`);
  }
  assertEquals(await app.get("/hello"), "hello");
});

caseTest("an interim status, or none that there is, is no answer: 502", async (app) => {
  for (const status of ["100 Continue", "199 Odd", "000 Nothing"]) {
    const response = await app.ask(`/head?${encodeURIComponent(`('${status}', [])`)}`);
    assertEquals(response.status, 502, status);
  }
  await app.waitForLine(/The app's answer is none\. Its Status is no number from 200 to 999/);
  assertEquals(await app.get("/hello"), "hello");
});

const failures: [path: string, says: RegExp][] = [
  ["/raise_first", /^KeyError: 'raised first'$/m],
  ["/raise_before_content", /^KeyError: 'raised before content'$/m],
  ["/no_start", /write\(\) before start_response|has not called start_response/],
  ["/no_start_no_content", /has not called start_response/],
  ["/text_content", /bytes/],
  ["/nothing", /NoneType/],
  ["/start_twice", /already set/],
  ["/sys_exit", /^SystemExit: exited$/m],
];
for (const [path, says] of failures) {
  caseTest(`${path} is a 500, its traceback is told, and the worker lives on`, async (app) => {
    const before = (await app.get("/process")).split("\n")[0];
    const response = await app.ask(path);
    assertEquals(response.status, 500);
    assert(!response.text().includes("Traceback"));
    await app.waitForLine(says.multiline ? new RegExp(says.source) : says);
    const trace = app.lines.filter(({ context }) => context.request?.target.raw === path);
    assert(trace.some(({ text }) => /^Traceback/.test(text)) || !/^\/(?:raise|sys)/.test(path));
    assert(
      !trace.some(({ text }) => text.includes("in run")),
      "our own frames come first and are left out",
    );
    assertEquals((await app.get("/process")).split("\n")[0], before);
  });
}

caseTest("close() is called after an exception too", async (app) => {
  await app.ask("/raise_before_content");
  await app.waitForLine(/^closed raise_before_content$/);
});

caseTest("an exception in the middle of an answer cuts it", async (app) => {
  using client = await app.connect();
  await client.send(toRequest("/raise_later"));
  await readUntil(client, "content\r\n");
  await app.release("raise");
  assertEquals((await client.readAll()).length, 0, "without the last chunk");
  await app.waitForLine(/^KeyError: 'raised later'$/);
  await app.waitForLine(/^closed raise_later$/);
  assertEquals(app.exchanges.at(-1)!.isCut, true);
  assertMatch(
    String(app.server.handlerErrors[0]),
    /The app failed in the answer to GET \/raise_later/,
  );
});

caseTest("an exception in close() is told, and the answer stays whole", async (app) => {
  assertEquals(await app.get("/raise_in_close"), "whole");
  await app.waitForLine(/^KeyError: 'raised in close'$/);
});

caseTest("start_response with exc_info replaces a head that has not gone out", async (app) => {
  const response = await app.ask("/exc_info_before");
  assertEquals([response.status, response.field("x-error")], [500, "yes"]);
  assertEquals(response.text(), "an error page");
  const mended = await app.ask("/mended_head");
  assertEquals([mended.status, mended.text()], [500, "mended"]);
});

caseTest("start_response with exc_info raises again what comes too late", async (app) => {
  using client = await app.connect();
  await client.send(toRequest("/exc_info_after"));
  await readUntil(client, "content\r\n");
  await app.release("exc_info");
  assertEquals((await client.readAll()).length, 0);
  await app.waitForLine(/^KeyError: 'too late'$/);
});

pythonTest(
  "wsgiref.validate finds nothing wrong, neither with the server nor on the way back",
  async () => {
    await using app = await startApp("wsgi_cases:validated");
    await app.release("written");
    await app.release("two");
    assertEquals(await app.get("/hello?a=b"), "hello");
    assertEquals((await app.ask("/read", { content: "abc" })).text(), "3 294 3");
    assertEquals((await app.ask("/read", { content: "abc", chunks: [1] })).text(), "3 294 3");
    assertEquals((await app.ask("/lines", { content: "a\nb" })).status, 200);
    assertEquals(await app.get("/pieces"), "one two three");
    assertEquals(await app.get("/write"), "written, again, returned");
    assertEquals((await app.ask("/hello", { method: "HEAD" })).status, 200);
    assertEquals((await app.ask("/no_content")).status, 204);
    assertEquals((await app.ask("/environment")).status, 200);
    assertEquals((await app.ask("*", { method: "OPTIONS" })).status, 404);
    const complaints = app.log.match(/^(?:AssertionError|.*garbage collected|.*Warning).*$/gm) ??
      [];
    assertEquals(complaints.length, 0, complaints.join("\n"));
    assertEquals(await app.get("/hello"), "hello");
  },
);

caseTest(
  "answers to HTTP/1.0 are ended by the connection where they have no length",
  async (app) => {
    using client = await app.connect();
    await client.send("GET /pieces HTTP/1.0\r\n\r\n");
    const head = await readUntil(client, "\r\n\r\none ");
    assertStringIncludes(head, "Connection: close");
    await app.release("two");
    assertEquals(new TextDecoder().decode(await client.readAll()), "two three");
  },
);
