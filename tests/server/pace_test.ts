// How fast a peer has to go on, and what is not held against it. Nothing is timed: each test waits for what a
// deadline causes.

import { assert, assertEquals, assertStringIncludes } from "../deps.ts";
import type { HttpRequest } from "../../lib/server/handler.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { listenFake } from "../support/fake_listener.ts";
import { connect } from "../support/raw_client.ts";
import { answer, startServer, type TestServer, text } from "../support/server.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** All content of the request, and how much it was as the answer. */
async function measure(request: HttpRequest) {
  let length = 0;
  for await (const piece of request.content!) length += piece.length;
  return text(String(length));
}

const POST = "POST / HTTP/1.1\r\nHost: a\r\n";

/** Sends a piece in each of `turns` turns of the clock, or as long as `goesOn` says so. */
async function trickle(
  client: { send(data: string): Promise<void> },
  { piece, turns, goesOn = () => true }: { piece: string; turns: number; goesOn?: () => boolean },
): Promise<void> {
  try {
    for (let i = 0; i < turns && goesOn(); i++) {
      await client.send(piece);
      await new Promise((next) => setTimeout(next, 5));
    }
  } catch (error) {
    if (
      !(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset)
    ) {
      throw error;
    }
  }
}

/** Waits until another connection, which stays silent, has reached its idle deadline. */
async function untilIdleIsOver(server: TestServer): Promise<void> {
  using other = await connect(server.port);
  assertEquals((await other.readAll()).length, 0);
}

Deno.test("content below the floor rate is answered with 408, though it never stops", async () => {
  await using server = startServer(measure, {
    deadlines: { content: 0.4 },
    limits: { minRate: 10_000 },
  });
  using client = await connect(server.port);
  await client.send(`${POST}Content-Length: 100000\r\n\r\n`);
  let isAnswered = false;
  const sending = trickle(client, { piece: "x", turns: 5_000, goesOn: () => !isAnswered });
  const response = await client.readResponse();
  isAnswered = true;
  await sending;
  assertEquals(response.status, 408);
  assertStringIncludes(response.text(), "too slowly");
  assertEquals(response.field("connection"), "close");
  assertEquals(server.handlerErrors, []);
});

Deno.test("content above the floor rate arrives, however many windows it takes", async () => {
  await using server = startServer(measure, {
    deadlines: { content: 0.1 },
    limits: { minRate: 100 },
  });
  using client = await connect(server.port);
  await client.send(`${POST}Content-Length: 10000\r\n\r\n`);
  await trickle(client, { piece: "x".repeat(100), turns: 100 });
  assertEquals((await client.readResponse()).text(), "10000");
});

Deno.test("without a floor rate content may trickle for ever", async () => {
  await using server = startServer(measure, {
    deadlines: { content: 0.1 },
    limits: { minRate: 0 },
  });
  using client = await connect(server.port);
  await client.send(`${POST}Content-Length: 60\r\n\r\n`);
  await trickle(client, { piece: "x", turns: 60 });
  assertEquals((await client.readResponse()).text(), "60");
});

Deno.test("the time of a handler that does not read is not held against its peer", async () => {
  const limits = { minRate: 1_000_000 };
  const deadlines = { content: 0.05, idle: 0.1 };
  const { promise: began, resolve: begin } = Promise.withResolvers<void>();
  await using server = startServer(async (request) => {
    const reader = request.content!.getReader();
    const first = reader.read();
    begin();
    let length = (await first).value!.length;
    await untilIdleIsOver(server);
    await untilIdleIsOver(server);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text(String(length));
      length += value.length;
    }
  }, { deadlines, limits });
  using client = await connect(server.port);
  await client.send(`${POST}Content-Length: 4\r\n\r\n`);
  await began;
  await client.send("ab");
  await client.send("cd");
  assertEquals((await client.readResponse()).text(), "4");
});

Deno.test("each request is measured by itself", async () => {
  await using server = startServer(measure, {
    deadlines: { content: 0.1 },
    limits: { minRate: 20_000 },
  });
  using client = await connect(server.port);
  // Each takes a part of the window, and all of them take several.
  for (let i = 0; i < 20; i++) {
    await client.send(`${POST}Content-Length: 3\r\n\r\n`);
    await trickle(client, { piece: "x", turns: 3 });
    assertEquals((await client.readResponse()).text(), "3");
  }
});

Deno.test("a stream of events that says little and seldom lives on", async () => {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  await using server = startServer(
    () => answer(new ReadableStream({ start: (given) => void (controller = given) })),
    { deadlines: { answer: 0.05, idle: 0.1 }, limits: { minRate: 1_000_000 } },
  );
  using client = await connect(server.port);
  await client.send(REQUEST);
  const response = client.readResponse();
  for (const event of ["one", "two", "three"]) {
    await untilIdleIsOver(server);
    controller!.enqueue(new TextEncoder().encode(event));
  }
  controller!.close();
  assertEquals((await response).text(), "onetwothree");
});

/** A peer that takes up to `appetite` octets at each turn of the clock. */
class SlowReader extends FakeTransport {
  override async write(octets: Uint8Array): Promise<number> {
    await new Promise((next) => setTimeout(next, 5));
    return await super.write(octets);
  }
}

Deno.test("a peer that takes its answer below the floor rate is cut, though it never stops", async () => {
  const transport = new SlowReader(1);
  await using server = startServer(() => answer(new Uint8Array(100_000)), {
    listener: listenFake(transport),
    deadlines: { answer: 0.4 },
    limits: { minRate: 10_000 },
  });
  transport.bring(REQUEST);
  await server.connections(1);
  await server.connections(0);
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [true]);
});

Deno.test("a slow but honest download finishes, however many windows it takes", async () => {
  const transport = new SlowReader(100);
  await using server = startServer(() => answer(new Uint8Array(10_000).fill(0x78)), {
    listener: listenFake(transport),
    deadlines: { answer: 0.1, linger: 0.01 },
    limits: { minRate: 100 },
  });
  transport.bring(REQUEST.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  await server.connections(1);
  await server.connections(0);
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [false]);
  assert(transport.written.join("").endsWith("x".repeat(10_000)));
});

/** A peer for whom the system takes a lot at once, and then nothing for long. */
class LumpyReader extends FakeTransport {
  override async write(octets: Uint8Array): Promise<number> {
    if (this.written.length > 0) await new Promise((next) => setTimeout(next, 300));
    return await super.write(octets);
  }
}

Deno.test("a download finishes though the system hides for long that the peer goes on", async () => {
  const transport = new LumpyReader(65_536);
  await using server = startServer(() => answer(new Uint8Array(300_000).fill(0x78)), {
    listener: listenFake(transport),
    deadlines: { answer: 0.1, linger: 0.01 },
  });
  transport.bring(REQUEST.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  await server.connections(1);
  await server.connections(0);
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [false]);
  assert(transport.written.join("").endsWith("x".repeat(300_000)));
});

Deno.test("content that stops is noticed behind a stream that reads ahead", async () => {
  await using server = startServer(
    (request) => answer(request.content!.pipeThrough(new TransformStream())),
    { deadlines: { content: 0.02 } },
  );
  using client = await connect(server.port);
  await client.send(`${POST}Content-Length: 10\r\n\r\nhalf`);
  const received = new TextDecoder().decode(await client.readAll());
  assertStringIncludes(received, "4\r\nhalf\r\n");
  assert(!received.endsWith("0\r\n\r\n"), "the last chunk must not come");
});

Deno.test("a handler may take as long as it likes behind answers that went out before", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = startServer((request) => {
    const { raw } = request.target;
    return raw === "/slow" ? promise.then(() => text(raw)) : text(raw);
  }, { deadlines: { answer: 0.02, idle: 0.1 } });
  using client = await connect(server.port);
  await client.send(REQUEST + REQUEST.replace("/", "/slow"));
  assertEquals((await client.readResponse()).text(), "/");
  await untilIdleIsOver(server);
  resolve();
  assertEquals((await client.readResponse()).text(), "/slow");
});

Deno.test("content that nobody reads may take its time as long as it comes", async () => {
  const deadlines = { content: 0.1 };
  await using server = startServer(() => text("no"), { deadlines, limits: { minRate: 0 } });
  using client = await connect(server.port);
  await client.send(`${POST}Content-Length: 60\r\n\r\n`);
  assertEquals((await client.readResponse()).text(), "no");
  await trickle(client, { piece: "x", turns: 60 });
  await client.send(REQUEST);
  assertEquals((await client.readResponse()).text(), "no");
});
