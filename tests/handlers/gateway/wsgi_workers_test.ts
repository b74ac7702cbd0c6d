// Workers that are lost, late or too few, clients that leave, and the end of it all.

import { assert, assertEquals, assertMatch } from "../../deps.ts";
import { descriptorsOf, until } from "../../support/process_resources.ts";
import { startProgram } from "../../support/program.ts";
import { connect } from "../../support/raw_client.ts";
import {
  isAlive,
  pidOf,
  PYTHON,
  pythonTest,
  type RunningApp,
  startApp,
  toRequest,
} from "./wsgi_app.ts";

const isLinux = Deno.build.os === "linux";

/** Sends a request and reads until its content has begun. */
async function begin(app: RunningApp, target: string, content: string) {
  const client = await app.connect();
  await client.send(toRequest(target));
  let text = "";
  while (!text.endsWith(content)) text += String.fromCharCode(...await client.readBytes(1));
  return client;
}

for (
  const [path, end] of [["/die", "ended with exit code 3"], ["/crash", "was killed by SIGSEGV"]]
) {
  pythonTest(`a worker that ${end} loses its own request, and is replaced at once`, async () => {
    await using app = await startApp("wsgi_cases:app");
    const before = await pidOf(app);
    for (let round = 0; round < 3; round++) {
      assertEquals((await app.ask(`${path!}?a=b`)).status, 502);
    }
    const line = await app.waitForLine(/^Worker \d+ /);
    assertEquals(line.text, `Worker ${before} ${end} at GET ${path}?a=b: answered with 502`);
    assertEquals(line.context.pid, before);
    assertEquals(line.context.request?.target.raw, `${path}?a=b`);
    assert(await pidOf(app) !== before);
  });
}

pythonTest("where Python itself crashes it says in which line", async () => {
  await using app = await startApp("wsgi_cases:app");
  await app.ask("/crash");
  await app.waitForLine(/wsgi_cases\.py", line \d+ in crash/);
});

pythonTest("requests that wait when a worker is lost are answered by the next one", async () => {
  await using app = await startApp("wsgi_cases:app");
  using first = await app.connect();
  await first.send(toRequest("/wait?go"));
  await app.waitForLine(/waiting for go/);
  const others = [app.get("/hello"), app.get("/hello")];
  await until(() => app.server.server.connections, (count) => count === 3);
  Deno.kill(app.lines[0]!.context.pid!, "SIGKILL");
  assertEquals((await first.readResponse()).status, 502);
  assertEquals(await Promise.all(others), ["hello", "hello"]);
});

pythonTest("an answer whose worker is lost in the middle is cut", async () => {
  await using app = await startApp("wsgi_cases:app");
  using client = await begin(app, "/die_later", "content\r\n");
  await app.release("die");
  assertEquals((await client.readAll()).length, 0);
  const { text } = await app.waitForLine(/^Worker \d+ ended/);
  assertMatch(text, /ended with exit code 3 at GET \/die_later: its answer is cut$/);
  assertEquals(app.exchanges.at(-1)!.isCut, true);
  assertEquals(await app.get("/hello"), "hello");
});

pythonTest("an answer that is whole stays whole although its worker is lost after it", async () => {
  await using app = await startApp("wsgi_cases:app");
  const response = await app.ask("/length?promised=4&pieces=abcd,!");
  assertEquals(response.text(), "abcd");
  await app.waitForLine(/waiting for length/);
  Deno.kill(app.lines[0]!.context.pid!, "SIGKILL");
  assertEquals(await app.get("/hello"), "hello");
  assertEquals(app.exchanges.map(({ isCut }) => isCut), [false, false]);
});

pythonTest("an idle worker that is killed is replaced", async () => {
  await using app = await startApp("wsgi_cases:app");
  const pid = await pidOf(app);
  Deno.kill(pid, "SIGKILL");
  await app.waitForLine(/^Worker \d+ was killed by SIGKILL$/);
  assertEquals(await app.get("/hello"), "hello");
});

pythonTest(
  "a worker that is silent is killed and replaced: 504, and one sees where it was",
  async () => {
    await using app = await startApp("wsgi_cases:app", { timeout: 0.2 });
    const before = await pidOf(app);
    assertEquals((await app.ask("/hang?a")).status, 504);
    const { text, context } = await app.waitForLine(/^Worker \d+ was silent/);
    assertEquals(
      text,
      `Worker ${before} was silent for too long at GET /hang?a: killed, answered with 504`,
    );
    assertEquals(context.request?.target.raw, "/hang?a");
    await app.waitForLine(/wsgi_cases\.py", line \d+ in hang/);
    assertEquals(await app.get("/hello"), "hello");
    assert(!app.log.includes("SIGABRT"), "its end was no surprise");
  },
);

pythonTest("one that is silent in the middle of an answer: cut", async () => {
  await using app = await startApp("wsgi_cases:app", { timeout: 0.2 });
  using client = await begin(app, "/hang_later", "content\r\n");
  assertEquals((await client.readAll()).length, 0);
  await app.waitForLine(/silent for too long at GET \/hang_later: killed, its answer is cut/);
  assertEquals(await app.get("/hello"), "hello");
});

pythonTest("one that does not come back from close(): the answer is whole", async () => {
  await using app = await startApp("wsgi_cases:app", { timeout: 0.2 });
  assertEquals(await app.get("/hang_in_close"), "whole");
  assertEquals(await app.get("/hello"), "hello");
  assertEquals(app.exchanges.map(({ isCut }) => isCut), [false, false]);
});

pythonTest("one that is deaf to signals is killed all the same", async () => {
  await using app = await startApp("wsgi_cases:app", { timeout: 0.2 });
  const pid = await pidOf(app);
  assertEquals((await app.ask("/deaf")).status, 504);
  if (isLinux) await until(() => isAlive(pid), (alive) => !alive);
});

pythonTest("an answer that goes on and on is not silent", async () => {
  await using app = await startApp("wsgi_cases:app", { timeout: 0.2 });
  using client = await begin(app, "/ticking", "tick");
  // Far more octets than it can send before it would be killed for the time that it takes.
  await client.readBytes(9 * 150);
  assertEquals(app.log, "");
});

pythonTest("a client that reads slowly is waited for, and the worker is not blamed", async () => {
  await using app = await startApp("wsgi_cases:app", { timeout: 0.2, workers: 2 });
  using client = await begin(app, "/big", "\r\n\r\n");
  assertEquals((await app.ask("/hang")).status, 504);
  let length = 0;
  while (length < 20 << 20) length += (await client.readBytes(1 << 20)).length;
  assert(!app.log.includes("/big"), app.log);
});

pythonTest("an answer that fits is read ahead, so that a slow client holds no worker", async () => {
  await using app = await startApp("wsgi_cases:app");
  await app.release("file", "x".repeat(200_000));
  using client = await app.connect();
  await client.send(toRequest("/file"));
  await app.waitForLine(/^closed file$/);
  assertEquals(await app.get("/hello"), "hello");
  assertEquals((await client.readResponse()).content.length, 199_995);
});

for (
  const [path, closed] of [
    ["/ticking", "closed ticking"],
    ["/endless", "closed endless"],
    ["/write_for_ever", "write raised ConnectionAbortedError"],
  ] as const
) {
  pythonTest(`${path}: a client that leaves ends the answer, and the worker lives on`, async () => {
    await using app = await startApp("wsgi_cases:app");
    const before = await pidOf(app);
    const client = await begin(app, path, "\r\n\r\n");
    client.close();
    await app.waitForLine(new RegExp(`^${closed}$`));
    assertEquals(await pidOf(app), before);
    assertEquals(app.lines.length, 1, app.log);
  });
}

pythonTest(
  "one that does not come back from a client that has left is killed and replaced",
  async () => {
    // That a client has left, and does not only say nothing more, the driver knows after a while.
    const limits = { deadlines: { answer: 0.02 } };
    await using app = await startApp("wsgi_cases:app", { timeout: 0.5, limits });
    const before = await pidOf(app);
    const client = await begin(app, "/hang_later", "content\r\n");
    client.close();
    const { text } = await app.waitForLine(/^Worker \d+/);
    assertEquals(
      text,
      `Worker ${before} does not come back from GET /hang_later, whose client has left: killed`,
    );
    assert(await pidOf(app) !== before);
  },
);

pythonTest("who waits for a worker is forgotten when its client leaves", async () => {
  let asked = 0;
  await using app = await startApp("wsgi_cases:app", {
    wrap: (handler) => (request) => {
      asked++;
      return handler(request);
    },
  });
  using first = await app.connect();
  await first.send(toRequest("/wait?go"));
  await app.waitForLine(/waiting for go/);
  const left = await app.connect();
  await left.send(toRequest("/die"));
  await until(() => asked, (count) => count === 2);
  left.close();
  await app.server.connections(1);
  const last = app.get("/hello");
  await until(() => asked, (count) => count === 3);
  await app.release("go");
  assertEquals((await first.readResponse()).text(), "go");
  assertEquals(await last, "hello");
  assert(!app.log.includes("/die"), app.log);
});

pythonTest(
  "beyond the queue there is 503 with Retry-After, until there is room again",
  async () => {
    let asked = 0;
    await using app = await startApp("wsgi_cases:app", {
      queue: 2,
      wrap: (handler) => (request) => {
        asked++;
        return handler(request);
      },
    });
    const first = app.get("/wait?go");
    await app.waitForLine(/waiting for go/);
    const waiting = [app.get("/hello"), app.get("/hello")];
    await until(() => asked, (count) => count === 3);
    const refused = await app.ask("/hello");
    assertEquals([refused.status, refused.field("retry-after")], [503, "10"]);
    await app.release("go");
    assertEquals([await first, ...await Promise.all(waiting)], ["go", "hello", "hello"]);
    assertEquals(await app.get("/hello"), "hello");
  },
);

Deno.test({
  name: "no descriptor is left of workers, whatever became of them (Linux)",
  ignore: !isLinux || PYTHON === null,
  async fn() {
    const run = async () => {
      await using app = await startApp("wsgi_cases:app", { timeout: 0.2, workers: 2 });
      for (const path of ["/hello", "/die", "/crash", "/hang", "/raise_first"]) await app.ask(path);
      const client = await begin(app, "/ticking", "tick");
      client.close();
      await app.waitForLine(/^closed ticking$/);
    };
    await run();
    const before = descriptorsOf(Deno.pid);
    await run();
    await until(() => descriptorsOf(Deno.pid), (count) => count <= before);
  },
});

Deno.test({
  name: "workers end when the server is killed, idle or busy (Linux)",
  ignore: !isLinux || PYTHON === null,
  async fn() {
    await using program = startProgram({
      command: Deno.execPath(),
      args: ["run", "-A", new URL("wsgi_program.ts", import.meta.url).pathname],
    });
    const [, port] = await program.waitForLine(/^port (\d+)$/);
    using first = await connect(Number(port));
    using second = await connect(Number(port));
    await first.send(toRequest("/wait?never"));
    const [, busy] = await program.waitForLine(/^(\d+): waiting for never/);
    await second.send(toRequest("/process"));
    const idle = Number((await second.readResponse()).text().split("\n")[0]);
    assert(Number(busy) !== idle);
    program.signal("SIGKILL");
    await until(() => isAlive(Number(busy)) || isAlive(idle), (alive) => !alive);
  },
});
