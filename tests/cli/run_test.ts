// The program itself: what it prints where, and what it answers.

import { VERSION } from "../../lib/cli/start_line.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps.ts";
import { connect } from "../support/raw_client.ts";
import { start, startServing, toDenoArgs } from "./started_program.ts";

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
/** The end by a signal, which Windows does not have. */
const ignore = Deno.build.os === "windows";

Deno.test("rawserve serves its embedded page, logs to stdout and tells where on stderr", async () => {
  const { program, port } = await startServing();
  await using _ = program;
  using client = await connect(port);
  await client.send(GET.replace("\r\n\r\n", "\r\nUser-Agent: t\\1\r\n\r\n"));
  const response = await client.readResponse();
  assertEquals(response.status, 200);
  assertMatch(response.text(), /^<!doctype html>/i);
  const [line] = await program.waitForLine(/./, { from: "stdout" });
  const [, length] = /" 200 (\d+) "-" "t\\x5C1"$/.exec(program.stdout) ?? [];
  assertEquals(Number(length), response.content.length);
  assert(line !== undefined);
  assertMatch(
    program.stdout,
    /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET \/ HTTP\/1\.1" 200 /,
  );
  assertEquals(
    program.stderr,
    `rawserve ${VERSION} serves its embedded page at http://127.0.0.1:${port}/`,
  );
});

Deno.test("rawserve adds --header and --cors to its answers and logs as --log says", async () => {
  const { program, port } = await startServing(["-H", "X-A: 1", "--cors", "--log=json"]);
  await using _ = program;
  using client = await connect(port);
  await client.send(GET);
  const response = await client.readResponse();
  assertEquals([response.field("x-a"), response.field("access-control-allow-origin")], ["1", "*"]);
  await client.send(
    "OPTIONS / HTTP/1.1\r\nHost: a\r\nOrigin: b\r\nAccess-Control-Request-Method: PUT\r\n\r\n",
  );
  assertEquals((await client.readResponse()).status, 204);
  await program.waitForLine(/"OPTIONS"/, { from: "stdout" });
  const lines = program.stdout.split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ method, status }) => [method, status]), [["GET", 200], [
    "OPTIONS",
    204,
  ]]);
});

Deno.test("rawserve takes its port from the environment", async () => {
  await using program = start([], { env: { PORT: "nowhere" } });
  assertEquals((await program.waitForEnd()).code, 2);
  assertEquals(program.stderr, "Cannot use PORT=nowhere: give a whole number from 0 to 65535");
  await using other = start([], { env: { PORT: "nowhere", RAWSERVE_PORT: "0" } });
  const [, port] = await other.waitForLine(/:(\d+)\/$/, { from: "stderr" });
  (await connect(Number(port))).close();
});

Deno.test("rawserve prints help and version on stdout and ends with 0", async () => {
  await using help = start(["--help"]);
  await using all = start(["--help-all"]);
  await using version = start(["-V"]);
  const ends = await Promise.all([help, all, version].map((program) => program.waitForEnd()));
  assertEquals(ends.map(({ code }) => code), [0, 0, 0]);
  assertMatch(help.stdout, /^Usage: rawserve /);
  assertMatch(all.stdout, /^Usage: rawserve [^]*--follow-symlinks/);
  assertEquals([version.stdout, version.stderr, help.stderr], [`rawserve ${VERSION}`, "", ""]);
});

Deno.test("rawserve says on one line what it does not understand and ends with 2", async () => {
  await using program = start(["--prot", "80"]);
  assertEquals((await program.waitForEnd()).code, 2);
  assertEquals([program.stdout, program.stderr], [
    "",
    "Unknown option --prot (did you mean --port?)",
  ]);
});

Deno.test("--lan listens on all interfaces", async () => {
  const { program, port } = await startServing(["--lan"]);
  await using _ = program;
  for (const { family, address } of Deno.networkInterfaces()) {
    if (family !== "IPv4") continue;
    (await connect({ hostname: address, port })).close();
    if (!address.startsWith("127.")) {
      await program.waitForLine(new RegExp(`^  in your network: http://${address}:${port}/$`));
    }
  }
});

Deno.test("a handler's failure is told with its stack, and cannot colour the terminal", async () => {
  const { program, port } = await startServing([], { withHandler: true });
  await using _ = program;
  using client = await connect(port);
  await client.send("GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n");
  assertEquals((await client.readResponse()).status, 500);
  await program.waitForLine(/^Cannot answer GET \/a\\b: Error: A failure$/, { from: "stderr" });
  await program.waitForLine(/^ {4}with \\x1B\[31mcolour$/, { from: "stderr" });
  await program.waitForLine(/^ {8}at handler .*handler_main\.ts/, { from: "stderr" });
  assertEquals(program.stderr.includes("the reason"), false);
});

Deno.test("--verbose tells causes, and why a peer was refused", async () => {
  const { program, port } = await startServing(["-v"], { withHandler: true });
  await using _ = program;
  using client = await connect(port);
  await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.readResponse();
  await program.waitForLine(/the reason/, { from: "stderr" });
  await client.send("GET / HTTP/1.1\r\nHost : \x1b[31m\r\n\r\n");
  assertEquals((await client.readResponse()).status, 400);
  await program.waitForLine(
    /^Refused 127\.0\.0\.1:\d+ with 400: White space between field name and colon \(RFC 9112 5\.1\)$/,
    { from: "stderr" },
  );
  await program.waitForLine(/ "-" 400 \d+ "-" "-"$/, { from: "stdout" });
});

Deno.test({
  name: "--quiet prints nothing at all",
  ignore,
  fn: async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    listener.close();
    await using program = start(["-q", "-p", String(port)]);
    using client = await connectWhenThere(port);
    await client.send(GET);
    assertEquals((await client.readResponse()).status, 200);
    program.signal("SIGTERM");
    assertEquals((await program.waitForEnd()).code, 0);
    assertEquals(program.lines, []);
  },
});

Deno.test("the server keeps no permission but net", async () => {
  const { program, port } = await startServing([], { withHandler: true });
  await using _ = program;
  using client = await connect(port);
  await client.send("GET /permissions HTTP/1.1\r\nHost: a\r\n\r\n");
  assertEquals((await client.readResponse()).text(), "net");
});

Deno.test("the server keeps read besides where it serves a folder", async () => {
  const { program, port } = await startServing(["static"], { withHandler: true });
  await using _ = program;
  using client = await connect(port);
  await client.send("GET /permissions HTTP/1.1\r\nHost: a\r\n\r\n");
  assertEquals((await client.readResponse()).text(), "net read");
});

Deno.test({
  name: "--open runs the system's command, and its failure is a note",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      const script = `#!/bin/sh\necho "$1" > ${directory}/opened\nexit 3\n`;
      await Deno.writeTextFile(`${directory}/xdg-open`, script, { mode: 0o755 });
      const { program, port } = await startServing(["--open"], { env: { PATH: directory } });
      await using _ = program;
      await program.waitForLine(/^Cannot open the browser with xdg-open: it ended with 3$/);
      const opened = await Deno.readTextFile(`${directory}/opened`);
      assertEquals(opened, `http://127.0.0.1:${port}/\n`);
      using client = await connect(port);
      await client.send(GET);
      assertEquals((await client.readResponse()).status, 200);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

for (const reader of ["stopped reading", "went away"]) {
  Deno.test({
    name: `requests are answered although the log's reader ${reader}`,
    ignore,
    fn: async () => {
      const child = new Deno.Command(Deno.execPath(), {
        args: toDenoArgs(["-p", "0"]),
        cwd: new URL("../../", import.meta.url),
        env: { NO_COLOR: "1", PORT: "" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const errors = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
      const { value: startLine = "" } = await errors.read();
      const port = Number(/:(\d+)\/\n/.exec(startLine)?.[1]);
      if (reader === "went away") await child.stdout.cancel();
      // Far more log than a pipe holds.
      const target = "/" + "x".repeat(2_000);
      using client = await connect(port);
      for (let i = 0; i < 200; i++) {
        await client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
        assertEquals((await client.readResponse()).status, 404);
      }
      child.kill("SIGTERM");
      assertEquals((await child.status).code, 0);
      let told = "";
      for (;;) {
        const { done, value } = await errors.read();
        if (done) break;
        told += value;
      }
      assertStringIncludes(told, "The log lost ");
      assertEquals(told.includes("Broken pipe"), reader === "went away");
      if (reader !== "went away") await child.stdout.cancel();
    },
  });
}

/** Tries until somebody listens; a quiet program does not say when. */
async function connectWhenThere(port: number) {
  for (;;) {
    try {
      return await connect(port);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
