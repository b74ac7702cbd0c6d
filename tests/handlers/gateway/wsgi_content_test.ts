// What an app reads of a request: as much as there is, when it asks, and not an octet of anything else.

import { assert, assertEquals, assertStringIncludes } from "../../deps.ts";
import { SeededRandom } from "../../support/seeded_random.ts";
import { pythonTest, type RunningApp, startApp, toRequest } from "./wsgi_app.ts";

function caseTest(name: string, run: (app: RunningApp) => Promise<void>): void {
  pythonTest(name, async () => {
    await using app = await startApp("wsgi_cases:app");
    await run(app);
  });
}

/** What `/read` says of this content. */
function summary(content: string, length: string | number): string {
  let sum = 0;
  for (const character of content) sum += character.charCodeAt(0);
  return `${content.length} ${sum} ${length}`;
}

caseTest(
  "content of every size arrives, with its length where that is known before",
  async (app) => {
    using client = await app.connect();
    const random = new SeededRandom();
    for (const size of [0, 1, 1_000, 65_535, 65_536, 65_537, 200_000, 1_000_000]) {
      const content = String.fromCharCode(...random.bytes(1_000)).repeat(size / 1_000 + 1).slice(
        0,
        size,
      );
      await client.send(toRequest("/read", { content }));
      assertEquals(
        (await client.readResponse()).text(),
        summary(content, size),
        `seed ${random.seed}`,
      );
      await client.send(toRequest("/read", { content, chunks: [1, 2, 3, 50_000] }));
      // Small content has arrived as a whole before the app is asked, and then its length is known.
      const length = size === 0 || size >= 65_536 ? "-" : size;
      assertEquals((await client.readResponse()).text(), summary(content, length));
    }
  },
);

caseTest("content comes back as it went, piece by piece", async (app) => {
  const content = "0123456789abcdef".repeat(20_000);
  assertEquals((await app.ask("/echo", { content })).text(), content);
  assertEquals((await app.ask("/echo", { content, chunks: [10, 100_000] })).text(), content);
});

for (const [what, filler] of [["small", ""], ["big", "x".repeat(150_000)]] as const) {
  caseTest(
    `lines of ${what} content: readline, readlines, iteration, sizes, and nothing behind the end`,
    async (app) => {
      const content = `first\nsecond${filler}\nthird\nfourth\nfifth\nlast`;
      const expected = "[b'first\\n', b'sec', " +
        `[b'ond${filler}\\n'], b'th', [b'ird\\n', b'fourth\\n', b'fifth\\n', b'last'], b'', b'', []]`;
      assertEquals((await app.ask("/lines", { content })).text(), expected);
      assertEquals((await app.ask("/lines", { content, chunks: [3, 4, 70_000] })).text(), expected);
    },
  );
}

caseTest("a request without content reads as empty", async (app) => {
  assertEquals(await app.get("/read"), "0 0 -");
  assertEquals(await app.get("/lines"), "[b'', b'', [], b'', [], b'', b'', []]");
});

caseTest("content that the app does not read does not get into its next request", async (app) => {
  using client = await app.connect();
  for (const size of [10, 100_000]) {
    const content = "GET /die HTTP/1.1\r\n\r\n".padEnd(size, "x");
    await client.send(toRequest("/refuse", { content }) + toRequest("/hello"));
    assertEquals((await client.readResponse()).status, 403);
    assertEquals((await client.readResponse()).text(), "hello");
  }
});

caseTest(
  "a client that waits for 100 (Continue) gets it when the app reads, and not otherwise",
  async (app) => {
    const fields = ["Expect: 100-continue"];
    using client = await app.connect();
    const [head] = toRequest("/read", { fields, content: "abc" }).split("abc");
    await client.send(head!);
    assertEquals((await client.readResponse()).status, 100);
    await client.send("abc");
    assertEquals((await client.readResponse()).text(), "3 294 3");
    const [other] = toRequest("/refuse", { fields, content: "abc" }).split("abc");
    await client.send(other!);
    assertEquals((await client.readResponse()).status, 403);
  },
);

caseTest("an app may read after its answer has begun", async (app) => {
  using client = await app.connect();
  const [head] = toRequest("/late_read", { fields: ["Expect: 100-continue"], content: "12345" })
    .split("12345");
  await client.send(head!);
  // An answer that begins before the content is asked for asks for it first, if the app may still want it.
  assertEquals((await client.readResponse()).status, 100);
  await client.send("12345");
  assertEquals((await client.readResponse()).text(), "first12345");
});

caseTest(
  "a client that leaves in its content makes read() raise, and nobody is blamed",
  async (app) => {
    {
      using client = await app.connect();
      const request = toRequest("/caught_read", { content: "x".repeat(300_000) });
      await client.send(request.slice(0, 150_000));
      while (app.lines.length === 0 && app.server.server.connections === 0) await turn();
      client.close();
    }
    await app.waitForLine(/^caught ConnectionAbortedError The client has left/);
    assertEquals(await app.get("/hello"), "hello");
    assert(!app.log.includes("Traceback"), app.log);
  },
);

caseTest("content that breaks the rules is the client's fault: 400", async (app) => {
  using client = await app.connect();
  await client.send("POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  assertEquals((await client.readResponse()).status, 400);
  using other = await app.connect();
  const chunk = "10000\r\n" + "x".repeat(65_536) + "\r\n";
  await other.send(
    `POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}zz\r\n`,
  );
  assertEquals((await other.readResponse()).status, 400);
  assertEquals(await app.get("/hello"), "hello");
  assert(!app.log.includes("Traceback"), app.log);
});

caseTest("who keeps wsgi.input gets nothing of the next request's content", async (app) => {
  const content = "x".repeat(100_000);
  assertEquals((await app.ask("/keep_input", { content })).text(), "None");
  // What it has is its own first piece, and then nothing.
  const kept = (await app.ask("/keep_input", { content: "y".repeat(100_000) })).text();
  assert(!kept.includes("y"), kept);
  assertStringIncludes(kept, "x");
  assertEquals(await app.get("/hello"), "hello");
});

pythonTest(
  "a client that sends slowly holds no worker until it has sent what is read ahead",
  async () => {
    await using app = await startApp("wsgi_cases:app");
    using slow = await app.connect();
    const request = toRequest("/read", { content: "abc" });
    await slow.send(request.slice(0, -1));
    assertEquals(await app.get("/hello"), "hello");
    await slow.send("c");
    assertEquals((await slow.readResponse()).text(), "3 294 3");
  },
);

pythonTest("the time for which a worker waits for content is not held against it", async () => {
  await using app = await startApp("wsgi_cases:app", { timeout: 0.1, workers: 2 });
  using slow = await app.connect();
  const request = toRequest("/read", { content: "x".repeat(100_000) });
  await slow.send(request.slice(0, -1));
  // Another one is silent for too long on the same clock.
  assertEquals((await app.ask("/hang")).status, 504);
  await slow.send("x");
  assertEquals((await slow.readResponse()).status, 200);
});

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
