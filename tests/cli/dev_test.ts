// `--dev` with real files and real processes: what changes is served, and nothing is left behind.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps.ts";
import { childrenOf } from "../support/process_resources.ts";
import type { Program } from "../support/program.ts";
import { start, startServing } from "./started_program.ts";
import { TempFolder } from "./temp_folder.ts";

const IS_WINDOWS = Deno.build.os === "windows";
const PYTHON_MISSING = hasPython() ? "" : " (ignored: there is no python3 here)";

function hasPython(): boolean {
  try {
    return new Deno.Command("python3", { args: ["--version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function toApp(text: string): string {
  return `export default { fetch: () => new Response(${JSON.stringify(text)}) };\n`;
}

/** What the server says, once it says what `isIt` waits for; while it starts again nobody answers. */
async function answerLike(port: number, pattern: RegExp): Promise<string> {
  for (let turn = 0; turn < 1_000; turn++) {
    const text = await ask(port);
    if (text !== null && pattern.test(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`The server on port ${port} never answered like ${pattern}`);
}

/** Null where nobody answers. */
async function ask(port: number, init: RequestInit = {}): Promise<string | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      ...init,
      headers: { Connection: "close", ...init.headers },
    });
    return await response.text();
  } catch (error) {
    // Nobody listens, or the server ended in the middle of it.
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] })
    .outputSync();
  return /^[^Z]/.test(new TextDecoder().decode(stdout));
}

async function untilGone(pid: number): Promise<void> {
  for (let turn = 0; isRunning(pid); turn++) {
    if (turn === 500) throw new Error(`The process ${pid} is still there`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function stopGracefully(program: Program): Promise<void> {
  program.signal("SIGTERM");
  assertEquals((await program.waitForEnd()).code, 0, program.stderr);
}

const unixOnly = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: IS_WINDOWS, fn });

unixOnly(
  "an app is started again when a module changes that it imports, on the port that it had",
  async () => {
    await using folder = await TempFolder.make({
      "app.ts": `import { word } from "./word.ts";\nexport default () => new Response(word);\n`,
      "word.ts": `export const word = "one";\n`,
    });
    const { program, port } = await startServing(["--dev", `${folder.path}/app.ts`]);
    await using _ = program;
    assertEquals(await ask(port), "one");
    for (const word of ["two", "three"]) {
      await Deno.writeTextFile(`${folder.path}/word.ts`, `export const word = "${word}";\n`);
      await answerLike(port, new RegExp(`^${word}$`));
    }
    await stopGracefully(program);
    const told = program.stderr.split("\n");
    assertMatch(told[0]!, /^rawserve [\d.]+, in development, watches .+/);
    assertStringIncludes(told[0]!, Deno.realPathSync(folder.path));
    assertMatch(told[1]!, /^rawserve [\d.]+ serves .+app\.ts at http:/);
    const others = told.slice(1).filter((line) => line !== told[1]);
    assert(others.length >= 2);
    for (const line of others) assertEquals(line, "word.ts changed: starting again");
  },
);

unixOnly(
  "an app that breaks is told of once, answers with what is wrong, and is served again when it is mended",
  async () => {
    await using folder = await TempFolder.make({ "app.ts": toApp("good") });
    const { program, port } = await startServing(["--dev", `${folder.path}/app.ts`]);
    await using _ = program;
    assertEquals(await ask(port), "good");
    await Deno.writeTextFile(`${folder.path}/app.ts`, "export default {");
    await answerLike(port, /app\.ts/);
    await Deno.writeTextFile(`${folder.path}/app.ts`, toApp("mended"));
    await answerLike(port, /^mended$/);
    await stopGracefully(program);
    assertEquals(program.stderr.match(/^Cannot run .*app\.ts/gm)?.length, 1, program.stderr);
  },
);

unixOnly("an app that is broken from the start is waited for", async () => {
  await using folder = await TempFolder.make({ "app.ts": "export default {" });
  const { program, port } = await startServing(["--dev", `${folder.path}/app.ts`]);
  await using _ = program;
  await answerLike(port, /app\.ts/);
  await Deno.writeTextFile(`${folder.path}/app.ts`, toApp("mended"));
  await answerLike(port, /^mended$/);
});

unixOnly(
  "an app that ends its own process is started again by the next change, and not before",
  async () => {
    await using folder = await TempFolder.make({
      "app.ts":
        "export default () => { setTimeout(() => Deno.exit(7)); return new Response('bye'); };\n",
    });
    const { program, port } = await startServing(["--dev", `${folder.path}/app.ts`]);
    await using _ = program;
    await ask(port);
    await program.waitForLine(/^The server ended by itself, with 7; a change starts it again$/);
    assertEquals(await ask(port), null);
    await Deno.writeTextFile(`${folder.path}/app.ts`, toApp("back"));
    await answerLike(port, /^back$/);
  },
);

unixOnly("an app that never comes back from a request is started again all the same", async () => {
  await using folder = await TempFolder.make({
    "app.ts": "export default () => { console.error('in a loop'); for (;;); };\n",
  });
  const { program, port } = await startServing(["--dev", `${folder.path}/app.ts`]);
  await using _ = program;
  const lost = ask(port);
  await program.waitForLine(/^in a loop$/);
  await Deno.writeTextFile(`${folder.path}/app.ts`, toApp("mended"));
  await answerLike(port, /^mended$/);
  assertEquals(await lost, null);
});

Deno.test({
  name: `a Python app is started again when a module of it changes${PYTHON_MISSING}`,
  ignore: PYTHON_MISSING !== "" || IS_WINDOWS,
  fn: async () => {
    const app = "from words import word\ndef app(environ, start_response):\n" +
      "    start_response('200 OK', [('Content-Type', 'text/plain')])\n    return [word]\n";
    await using folder = await TempFolder.make({ "webapp.py": app, "words.py": "word = b'one'\n" });
    const { program, port } = await startServing(["--dev", "--chdir", folder.path, "webapp:app"]);
    await using _ = program;
    assertEquals(await ask(port), "one");
    // Longer than before: Python looks at time in seconds, and at length, to see that its own copy is old.
    await Deno.writeTextFile(`${folder.path}/words.py`, "word = b'twotwo'\n");
    await answerLike(port, /^twotwo$/);
    await Deno.writeTextFile(`${folder.path}/words.py`, "word = b'broken\n");
    await answerLike(port, /SyntaxError|words\.py/);
    await Deno.writeTextFile(`${folder.path}/words.py`, "word = b'mended again'\n");
    await answerLike(port, /^mended again$/);
    await stopGracefully(program);
    for (const line of program.stderr.match(/^.* changed: .*$/gm)!) {
      assertEquals(line, "words.py changed: starting again");
    }
  },
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  unixOnly(`${signal} ends both processes, gracefully, with the status 0`, async () => {
    await using folder = await TempFolder.make({
      "app.ts": `export default () => new Response(new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode("begun "));
          const { promise, resolve } = Promise.withResolvers();
          globalThis.go ??= resolve;
          await promise;
          controller.enqueue(new TextEncoder().encode("done"));
          controller.close();
        },
      }));
      const file = new URL("go.txt", import.meta.url);
      setInterval(() => { try { Deno.statSync(file); globalThis.go?.(); } catch { /* not yet */ } }, 10);`,
    });
    const { program, port } = await startServing(["--dev", `${folder.path}/app.ts`]);
    await using _ = program;
    const [child] = childrenOf(program.pid);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    assertEquals((await reader.read()).value, "begun ");
    program.signal(signal);
    await program.waitForLine(/^Finishing 1 connection within/);
    await Deno.writeTextFile(`${folder.path}/go.txt`, "");
    assertEquals((await reader.read()).value, "done");
    assertEquals((await reader.read()).done, true);
    assertEquals((await program.waitForEnd()).code, 0, program.stderr);
    assertEquals(isRunning(child!), false);
  });
}

unixOnly("a second signal ends both at once, with the status 1", async () => {
  await using folder = await TempFolder.make({
    "app.ts": "export default () => { console.error('asked'); return new Promise(() => {}); };\n",
  });
  const { program, port } = await startServing(["--dev", `${folder.path}/app.ts`]);
  await using _ = program;
  const cut = ask(port);
  await program.waitForLine(/^asked$/);
  program.signal("SIGINT");
  await program.waitForLine(/^Finishing 1 connection within/);
  program.signal("SIGINT");
  assertEquals((await program.waitForEnd()).code, 1, program.stderr);
  assertEquals(await cut, null);
});

for (const kind of ["an app", "a folder"]) {
  unixOnly(`when the supervisor of ${kind} is killed, no server is left behind`, async () => {
    await using folder = await TempFolder.make({ "app.ts": toApp("a"), "index.html": "a" });
    const what = kind === "an app" ? `${folder.path}/app.ts` : folder.path;
    const { program, port } = await startServing(["--dev", what]);
    await using _ = program;
    assertEquals(await ask(port), "a");
    const [child] = childrenOf(program.pid);
    assert(isRunning(child!));
    // A page that is open must not keep it.
    const events = await fetch(`http://127.0.0.1:${port}/.rawserve/dev`);
    program.signal("SIGKILL");
    await untilGone(child!);
    await events.text();
    assertEquals(await ask(port), null);
  });
}

unixOnly(
  "what is wrong from the start ends both, with the message and the status that it has anyway",
  async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const cases: [args: string[], status: number, message: RegExp][] = [
      [[`--port=${listener.addr.port}`], 1, /^Cannot listen on .*: the port is taken/m],
      [["--port=0", "/nothing/here"], 2, /^Cannot serve \/nothing\/here: there is no such/m],
      [["--port=0", "nothing.ts"], 2, /^Cannot run nothing\.ts: there is no such file/m],
      [["--tls-cert=nothing.pem", "--tls-key=nothing.pem", "--port=0"], 1, /nothing\.pem/],
    ];
    for (const [args, status, message] of cases) {
      await using program = start(["--dev", ...args]);
      assertEquals((await program.waitForEnd()).code, status, program.stderr);
      assertMatch(program.stderr, message);
    }
  },
);

unixOnly("without --dev nothing of it exists", async () => {
  await using folder = await TempFolder.make({ "index.html": "<p>a</p>" });
  const { program, port } = await startServing([folder.path]);
  await using _ = program;
  assertEquals(childrenOf(program.pid), []);
  const url = `http://127.0.0.1:${port}/`;
  const page = await fetch(url, { headers: { Accept: "text/html" } });
  assertEquals(await page.text(), "<p>a</p>");
  assert(page.headers.has("etag"));
  for (const path of [".rawserve/dev", ".rawserve/dev.js"]) {
    const response = await fetch(url + path);
    await response.body?.cancel();
    assertEquals(response.status, 404);
  }
});

unixOnly(
  "a page of a folder is answered whole, with the script, and its neighbours as ever",
  async () => {
    await using folder = await TempFolder.make({
      "index.html": "<p>a</p>".repeat(500),
      "a.css": "p { color: red }",
    });
    const { program, port } = await startServing(["--dev", folder.path]);
    await using _ = program;
    const url = `http://127.0.0.1:${port}/`;
    const headers = { Accept: "text/html", "Accept-Encoding": "gzip", Range: "bytes=0-1" };
    const page = await fetch(url, { headers });
    assertEquals([page.status, page.headers.get("cache-control")], [200, "no-store"]);
    assertEquals(["etag", "last-modified", "content-encoding"].map((n) => page.headers.get(n)), [
      null,
      null,
      null,
    ]);
    assertMatch(
      await page.text(),
      /^(?:<p>a<\/p>){500}<script src="\/\.rawserve\/dev\.js\?\S+" async><\/script>\n$/,
    );
    const style = await fetch(`${url}a.css`);
    await style.body?.cancel();
    const again = await fetch(`${url}a.css`, {
      headers: { "If-None-Match": style.headers.get("etag")! },
    });
    await again.body?.cancel();
    assertEquals(again.status, 304);
  },
);
