// Calls that lie ahead of a worker: nothing of it may be seen, whatever becomes of the worker and of the call before.

import { WsgiCall } from "../../../lib/handlers/gateway/wsgi_call.ts";
import { assert, assertEquals } from "../../deps.ts";
import { until } from "../../support/process_resources.ts";
import { requestOf } from "../../support/request.ts";
import type { RawClient } from "../../support/raw_client.ts";
import { PYTHON, pythonTest, type RunningApp, startApp, toRequest } from "./wsgi_app.ts";

/** Only after an answer that was quick is there room for a call ahead. */
const QUICK = "/hello";

/** An app with so many workers, each of which waits for a file of its own, `first0` and so on. */
async function startBusy(workers: number, python = PYTHON!) {
  let asked = 0;
  const all: RawClient[] = [];
  const app = await startApp("wsgi_cases:app", {
    workers,
    python,
    wrap: (handler) => (request) => {
      asked++;
      return handler(request);
    },
  });
  /** Asks for these in this order, each on a connection of its own; returns the clients. */
  const askAll = async (...asks: (string | [method: string, target: string])[]) => {
    const clients = [];
    for (const one of asks) {
      const [method, target] = typeof one === "string" ? ["GET", one] : one;
      const client = await app.connect();
      const count = asked + 1;
      await client.send(toRequest(target, { method }));
      await until(() => asked, (now) => now >= count);
      clients.push(client);
    }
    all.push(...clients);
    return clients;
  };
  await askAll(...Array.from({ length: workers }, (_, i) => `/wait?first${i}`));
  for (let i = 0; i < workers; i++) await app.waitForLine(new RegExp(`waiting for first${i}`));
  return {
    app,
    askAll,
    async [Symbol.asyncDispose]() {
      for (const client of all) client.close();
      await app[Symbol.asyncDispose]();
    },
  };
}

const countOf = (app: RunningApp, line: string) =>
  app.lines.filter(({ text }) => text === line).length;

for (const workers of [1, 2]) {
  pythonTest(`with ${workers} workers, everybody in a crowd gets his own answer`, async () => {
    await using app = await startApp("wsgi_cases:app", { workers });
    for (let i = 0; i < 200; i++) await app.release(`crowd${i}`);
    const answers = Array.from({ length: 200 }, (_, i) => app.get(`/wait?crowd${i}`));
    assertEquals(await Promise.all(answers), Array.from({ length: 200 }, (_, i) => `crowd${i}`));
    assertEquals(app.lines.length, 200);
  });
}

pythonTest("what lies behind a slow answer is answered by another worker, once", async () => {
  await using busy = await startBusy(2);
  const { app, askAll } = busy;
  for (const name of ["one", "two"]) await app.release(name);
  const [, slow, one, two] = await askAll(QUICK, "/wait?slow", "/wait?one", "/wait?two");
  await app.release("first0");
  await app.waitForLine(/waiting for slow/);
  await app.release("first1");
  assertEquals((await one!.readResponse()).text(), "one");
  assertEquals((await two!.readResponse()).text(), "two");
  await app.release("slow");
  assertEquals((await slow!.readResponse()).text(), "slow");
  // Both take calls again.
  const [left, right] = await askAll("/wait?left", "/wait?right");
  await app.waitForLine(/waiting for left/);
  await app.waitForLine(/waiting for right/);
  await app.release("left");
  await app.release("right");
  assertEquals((await left!.readResponse()).text(), "left");
  assertEquals((await right!.readResponse()).text(), "right");
  for (const name of ["one", "two"]) assertEquals(countOf(app, `waiting for ${name}`), 1);
});

for (const signal of ["SIGKILL", "SIGABRT"] as const) {
  pythonTest(`what lies ahead of a worker that gets ${signal} is nobody's loss`, async () => {
    await using busy = await startBusy(1);
    const { app, askAll } = busy;
    for (const name of ["one", "two"]) await app.release(name);
    const [, slow, one, two] = await askAll(QUICK, "/wait?slow", "/wait?one", "/wait?two");
    await app.release("first0");
    const { context } = await app.waitForLine(/waiting for slow/);
    Deno.kill(context.pid!, signal);
    assertEquals((await slow!.readResponse()).status, 502);
    assertEquals((await one!.readResponse()).text(), "one");
    assertEquals((await two!.readResponse()).text(), "two");
  });
}

pythonTest(
  "who leaves in the middle of his answer does not take the next one's along",
  async () => {
    await using busy = await startBusy(1);
    const { app, askAll } = busy;
    for (const name of ["one", "two"]) await app.release(name);
    const [, endless, one, two] = await askAll(QUICK, "/endless", "/wait?one", "/wait?two");
    await app.release("first0");
    await endless!.readBytes(1_000);
    endless!.close();
    assertEquals((await one!.readResponse()).text(), "one");
    assertEquals((await two!.readResponse()).text(), "two");
  },
);

pythonTest("what lies ahead is refused when the server's grace is over", async () => {
  await using busy = await startBusy(1);
  const { app, askAll } = busy;
  const [, ...clients] = await askAll(QUICK, "/wait?slow", "/wait?one", "/wait?two");
  await app.release("first0");
  await app.waitForLine(/waiting for slow/);
  await app.wsgi.close(0);
  const statuses = await Promise.all(clients.map(async (one) => (await one.readResponse()).status));
  assertEquals(statuses, [502, 503, 503]);
});

pythonTest("a child that the app has forked does not begin with what lies ahead", async () => {
  await using busy = await startBusy(1);
  const { app, askAll } = busy;
  for (const name of ["one", "two"]) await app.release(name);
  const clients = await askAll(QUICK, "/fork_later", "/wait?one", "/wait?two");
  await app.release("first0");
  await app.waitForLine(/waiting for fork/);
  await app.release("fork");
  const answers = await Promise.all(clients.map((client) => client.readResponse()));
  assertEquals(answers.map((answer) => answer.text()), [
    "hello",
    "first second last",
    "one",
    "two",
  ]);
  for (const name of ["one", "two"]) assertEquals(countOf(app, `waiting for ${name}`), 1, name);
});

/** Whether a request with this method was sent to a worker that was at another one, as far as a moment tells. */
async function isSentAhead(method: string, files: string): Promise<boolean> {
  await using busy = await startBusy(1, `${files}/python`);
  const { app, askAll } = busy;
  const clients = await askAll(QUICK, "/wait?slow", [method, "/hello?ahead-of-it"], QUICK);
  await app.release("first0");
  await app.waitForLine(/waiting for slow/);
  let isSent = false;
  for (let i = 0; i < 20 && !isSent; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    isSent = Deno.readTextFileSync(`${files}/sent`).includes("ahead-of-it");
  }
  await app.release("slow");
  for (const client of clients.slice(0, 2)) await client.readResponse();
  assertEquals((await clients[2]!.readResponse({ head: method === "HEAD" })).status, 200);
  return isSent;
}

pythonTest("what is safe is sent before its turn, and what is not is not", async () => {
  const files = await Deno.makeTempDir();
  // Between the server and Python stands somebody who writes down what he hands on.
  const program = `#!/bin/sh\ntee ${files}/sent | ${PYTHON} "$@"\n`;
  await Deno.writeTextFile(`${files}/python`, program, { mode: 0o755 });
  try {
    // On a busy machine the answer before may not have been quick.
    while (!await isSentAhead("HEAD", files));
    assertEquals(await isSentAhead("POST", files), false);
  } finally {
    await Deno.remove(files, { recursive: true });
  }
});

pythonTest("content is read where a request is ahead", async () => {
  await using busy = await startBusy(1);
  const { app, askAll } = busy;
  await app.release("one");
  await askAll(QUICK);
  using client = await app.connect();
  const content = "x".repeat(300_000);
  await client.send(toRequest("/echo", { content }));
  const clients = await askAll("/wait?one", "/wait?one");
  await app.release("first0");
  assertEquals((await client.readResponse()).text(), content);
  for (const one of clients) assertEquals((await one.readResponse()).text(), "one");
});

Deno.test("only what does no harm twice, and has no content, is sent ahead", () => {
  const isSafe = (head: string) => new WsgiCall(requestOf(head), new Map()).isSafe;
  for (const method of ["GET", "HEAD", "OPTIONS"]) {
    assert(isSafe(`${method} / HTTP/1.1\r\nHost: a`));
  }
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "get"]) {
    assert(!isSafe(`${method} / HTTP/1.1\r\nHost: a`));
  }
  const request = requestOf("GET / HTTP/1.1\r\nHost: a");
  const withContent = { ...request, content: ReadableStream.from([]) };
  assert(!new WsgiCall(withContent, new Map()).isSafe);
});
