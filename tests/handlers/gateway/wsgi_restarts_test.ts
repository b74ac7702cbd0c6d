// Workers that do not start any more: what becomes of the requests, and of the next attempt.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../deps.ts";
import { until } from "../../support/process_resources.ts";
import { isAlive, pidOf, pythonTest, type RunningApp, startApp, toRequest } from "./wsgi_app.ts";

const isLinux = Deno.build.os === "linux";

/** An app that cannot be imported while a file is there, and notes each attempt. */
const FRAGILE = `
import os
folder = os.environ["CASES_FOLDER"]
with open(os.path.join(folder, "attempts"), "a") as attempts:
    attempts.write("x")
print("imported")
if os.path.exists(os.path.join(folder, "broken")):
    raise RuntimeError("broken now")

def application(environ, start_response):
    if environ["PATH_INFO"] == "/die":
        os._exit(3)
    start_response("200 OK", [])
    return [b"fine"]
`;

async function fragile(run: (app: RunningApp) => Promise<void>, workers = 1): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "rawserve_fragile_" });
  try {
    await Deno.writeTextFile(`${directory}/fragile.py`, FRAGILE);
    await using app = await startApp("fragile", { directory, workers });
    await run(app);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

pythonTest(
  "an app that does not start again is tried again, told once, and answered for with 503",
  async () => {
    await fragile(async (app) => {
      const attempts = () => Deno.readTextFileSync(`${app.folder}/attempts`).length;
      assertEquals(await app.get("/"), "fine");
      await app.release("broken");
      assertEquals((await app.ask("/die")).status, 502);
      // It waits for the new worker, and is told when there will be none.
      const refused = await app.ask("/");
      assertEquals([refused.status, refused.field("retry-after")], [503, "10"]);
      await until(attempts, (count) => count === 4);
      const told = app.log.match(/^A worker cannot start: .*$/gm);
      assertEquals(told?.length, 1);
      assertMatch(told![0]!, /: RuntimeError: broken now \(.*fragile\.py:8\)$/);
      assertEquals(app.log.match(/Traceback/g)?.length, 1);
      assertEquals((await app.ask("/")).status, 503);
      await Deno.remove(`${app.folder}/broken`);
      await app.waitForLine(/^The app starts again$/);
      assertEquals(await app.get("/"), "fine");
    });
  },
);

pythonTest("while others live, a worker that does not start again costs nobody a 503", async () => {
  await fragile(async (app) => {
    await until(() => app.log.match(/imported/g)?.length ?? 0, (count) => count === 2);
    await app.release("broken");
    assertEquals((await app.ask("/die")).status, 502);
    await app.waitForLine(/A worker cannot start: RuntimeError/);
    for (let i = 0; i < 10; i++) assertEquals(await app.get("/"), "fine");
  }, 2);
});

pythonTest(
  "close() lets what is in flight finish, takes nothing new, and leaves no process",
  async () => {
    await using app = await startApp("wsgi_cases:app", { workers: 2 });
    const pid = await pidOf(app);
    const waiting = app.get("/wait?go");
    await app.waitForLine(/waiting for go/);
    using client = await app.connect();
    let isClosed = false;
    const closing = app.wsgi.close(60).then(() => isClosed = true);
    await client.send(toRequest("/hello"));
    const refused = await client.readResponse();
    assertEquals([refused.status, refused.field("retry-after")], [503, "10"]);
    assertEquals(isClosed, false);
    await app.release("go");
    assertEquals(await waiting, "go");
    await closing;
    if (isLinux) assert(!isAlive(pid));
    assertEquals(app.log, "waiting for go");
  },
);

pythonTest("what waits when close() is called is answered as well", async () => {
  await using app = await startApp("wsgi_cases:app");
  const first = app.get("/wait?go");
  await app.waitForLine(/waiting for go/);
  const second = app.get("/hello");
  await until(() => app.server.server.connections, (count) => count === 2);
  const closing = app.wsgi.close(60);
  await app.release("go");
  assertEquals([await first, await second], ["go", "hello"]);
  await closing;
});

pythonTest("when the grace is over the app is told by SIGTERM, and can clean up", async () => {
  await using app = await startApp("wsgi_cases:app");
  const answer = app.ask("/terminated");
  await app.waitForLine(/waiting for never/);
  await app.wsgi.close(0);
  assertEquals((await answer).status, 502);
  assertStringIncludes(app.log, "cleaned up");
  assert(!app.log.includes("Traceback"), app.log);
});

pythonTest("a second close() shortens the grace, and what is deaf is killed", async () => {
  await using app = await startApp("wsgi_cases:app");
  const pid = await pidOf(app);
  const answer = app.ask("/deaf");
  await app.waitForLine(/deaf now/);
  const closing = app.wsgi.close(1_000);
  await app.wsgi.close(0);
  await closing;
  assertEquals((await answer).status, 502);
  if (isLinux) assert(!isAlive(pid));
});

pythonTest("a process that outlives its worker holds nobody up", async () => {
  await using app = await startApp("wsgi_cases:app");
  const child = Number(await app.get("/leave_child"));
  try {
    await app.wsgi.close(0);
  } finally {
    Deno.kill(child, "SIGKILL");
  }
});
