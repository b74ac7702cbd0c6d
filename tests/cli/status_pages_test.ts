// The program's --health, --metrics and --status-listen.

import { hashPassword } from "../../lib/handlers/credentials.ts";
import { assertEquals, assertMatch } from "../deps.ts";
import { samplesOf } from "../handlers/status/exposition_parser.ts";
import type { Program } from "../support/program.ts";
import { connect, type RawResponse, type ServerAddress } from "../support/raw_client.ts";
import { start, startServing } from "./started_program.ts";
import { TempFolder } from "./temp_folder.ts";

const HEALTH = "/.rawserve/health";
const METRICS = "/.rawserve/metrics";
const FINISHING = /^Finishing 1 connection within \d+ seconds; a second signal stops at once$/;
const ANY_PORT = ["--status-listen", "127.0.0.1:0"];
/** Windows has no signals and no Unix sockets. */
const ignore = Deno.build.os === "windows";

/** The answer to one request on a connection of its own. */
async function get(
  address: ServerAddress,
  path: string,
  ...lines: string[]
): Promise<RawResponse> {
  using client = await connect(address);
  await client.send([`GET ${path} HTTP/1.1`, "Host: a", ...lines, "", ""].join("\r\n"));
  return await client.readResponse();
}

async function statusOf(address: ServerAddress, path: string): Promise<number> {
  return (await get(address, path)).status;
}

/** The port that the program says its status pages are at. */
async function statusPortOf(program: Program): Promise<number> {
  const line = /^(?:Health|Metrics) at http:\/\/127\.0\.0\.1:(\d+)\/\.rawserve\/\w+$/;
  const [, port] = await program.waitForLine(line, { from: "stderr" });
  return Number(port);
}

Deno.test("without options the paths of health and metrics are the folder's own", async () => {
  await using folder = await TempFolder.make({
    ".rawserve/health": "the folder's",
    ".rawserve/metrics": "the folder's",
  });
  const hidden = await startServing([folder.path]);
  await using _ = hidden.program;
  const shown = await startServing(["--dotfiles", folder.path]);
  await using __ = shown.program;
  for (const path of [HEALTH, METRICS]) {
    assertEquals(await statusOf(hidden.port, path), 404);
    assertEquals((await get(shown.port, path)).text(), "the folder's");
  }
});

Deno.test("--health and --metrics each take one path and leave the other to the folder", async () => {
  await using folder = await TempFolder.make({
    ".rawserve/health": "the folder's",
    ".rawserve/metrics": "the folder's",
  });
  const health = await startServing(["--health", "--dotfiles", folder.path]);
  await using _ = health.program;
  const metrics = await startServing(["--metrics", "--dotfiles", folder.path]);
  await using __ = metrics.program;
  assertEquals((await get(health.port, HEALTH)).text(), "ok\n");
  assertEquals((await get(health.port, METRICS)).text(), "the folder's");
  assertEquals((await get(metrics.port, HEALTH)).text(), "the folder's");
  samplesOf((await get(metrics.port, METRICS)).text());
  // No lines about them: they are where everything is.
  assertMatch(health.program.stderr, /^rawserve [^\n]*$/);
});

Deno.test("on the public socket the pages are requests like any: logged and counted", async () => {
  const { program, port } = await startServing(["--health", "--metrics", "-H", "X-A: 1"]);
  await using _ = program;
  assertEquals((await get(port, HEALTH)).field("x-a"), "1");
  assertEquals(await statusOf(port, "/nothing"), 404);
  assertEquals(await statusOf(port, METRICS), 200);
  const page = await get(port, METRICS);
  assertEquals(page.field("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const samples = samplesOf(page.text());
  assertEquals(samples['rawserve_requests_total{method="GET",code="200"}'], 2);
  assertEquals(samples['rawserve_requests_total{method="GET",code="404"}'], 1);
  assertEquals(samples["rawserve_connections_accepted_total"], 4);
  await program.waitForLine(/"GET \/\.rawserve\/health HTTP\/1\.1" 200 3 /, { from: "stdout" });
  await program.waitForLine(/"GET \/\.rawserve\/metrics HTTP\/1\.1" 200 /, { from: "stdout" });
});

Deno.test("with --auth metrics ask for the password and health does not", async () => {
  const credential = `ann:${hashPassword("s3cret")}`;
  const { program, port } = await startServing(["--health", "--metrics", "--auth", credential]);
  await using _ = program;
  assertEquals(await statusOf(port, HEALTH), 200);
  assertEquals(await statusOf(port, METRICS), 401);
  const known = await get(port, METRICS, `Authorization: Basic ${btoa("ann:s3cret")}`);
  assertEquals(known.status, 200);
});

Deno.test("--status-listen answers there alone, without a password, neither logged nor counted", async () => {
  const credential = `ann:${hashPassword("s3cret")}`;
  const { program, port } = await startServing(
    ["--health", "--metrics", "--auth", credential, ...ANY_PORT],
  );
  await using _ = program;
  const statusPort = await statusPortOf(program);
  const known = `Authorization: Basic ${btoa("ann:s3cret")}`;
  for (const path of [HEALTH, METRICS]) {
    assertEquals((await get(port, path, known)).status, 404);
    assertEquals(await statusOf(statusPort, path), 200);
  }
  for (const path of ["/", "/index.html", "/.rawserve/", "/.rawserve/other"]) {
    assertEquals(await statusOf(statusPort, path), 404);
  }
  const samples = samplesOf((await get(statusPort, METRICS)).text());
  assertEquals(samples["rawserve_connections_accepted_total"], 2);
  assertEquals(samples['rawserve_requests_total{method="GET",code="404"}'], 2);
  assertEquals(samples['rawserve_requests_total{method="GET",code="200"}'], undefined);
  assertMatch(
    program.stderr,
    /^rawserve .*\nHealth at http:\/\/127\.0\.0\.1:\d+\/\.rawserve\/health\nMetrics at http:\/\/127\.0\.0\.1:\d+\/\.rawserve\/metrics$/,
  );
  await program.waitForLine(/metrics HTTP\/1\.1" 404 /, { from: "stdout" });
  assertEquals(program.stdout.split("\n").length, 2);
});

Deno.test("only what is asked for is at the address of --status-listen", async () => {
  const { program } = await startServing(["--metrics", ...ANY_PORT]);
  await using _ = program;
  const statusPort = await statusPortOf(program);
  assertEquals(await statusOf(statusPort, METRICS), 200);
  assertEquals(await statusOf(statusPort, HEALTH), 404);
});

Deno.test("metrics tell of the process that gave up its permissions", async () => {
  const args = ["--health", "--metrics", ...ANY_PORT];
  const { program, port } = await startServing(args, { withHandler: true });
  await using _ = program;
  assertEquals((await get(port, "/permissions")).text(), "net");
  const samples = samplesOf((await get(await statusPortOf(program), METRICS)).text());
  const isSane = (name: string, from: number, to: number) => {
    const value = samples[name] ?? NaN;
    assertEquals(value >= from && value <= to, true, `${name} is ${value}`);
  };
  isSane("process_resident_memory_bytes", 2 ** 20, 2 ** 36);
  isSane("process_cpu_seconds_total", 0.001, 3_600);
  isSane("process_start_time_seconds", 1.6e9, Date.now() / 1000);
  isSane("rawserve_uptime_seconds", 0.001, 3_600);
});

Deno.test({
  name: "while requests in flight are being finished, health says 503 and metrics go on",
  ignore,
  fn: async () => {
    const args = ["--health", "--metrics", ...ANY_PORT];
    const { program, port } = await startServing(args, { withHandler: true });
    await using _ = program;
    const statusPort = await statusPortOf(program);
    assertEquals(await statusOf(statusPort, HEALTH), 200);
    using client = await connect(port);
    await client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    );
    assertEquals((await client.readResponse()).status, 100);
    program.signal("SIGTERM");
    await program.waitForLine(FINISHING, { from: "stderr" });
    const health = await get(statusPort, HEALTH);
    assertEquals([health.status, health.text()], [503, "not serving\n"]);
    const samples = samplesOf((await get(statusPort, METRICS)).text());
    assertEquals(samples["rawserve_connections_open"], 1);
    using scraper = await connect(statusPort);
    await scraper.send(`GET ${METRICS} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await scraper.readResponse();
    await client.send("hello");
    assertEquals((await client.readResponse()).text(), "hello");
    client.close();
    // A scraper that keeps its connection holds nobody up.
    assertEquals(await scraper.readAllText(), "");
    assertEquals((await program.waitForEnd()).code, 0);
  },
});

Deno.test({
  name: "health says 503 on a public connection that is finishing, too, as its last answer",
  ignore,
  fn: async () => {
    const { program, port } = await startServing(["--health"]);
    await using _ = program;
    using client = await connect(port);
    await client.send(`GET ${HEALTH} HTTP/1.1\r\nHo`);
    // Another connection's answer shows that the server has read the first one's octets by now.
    assertEquals(await statusOf(port, HEALTH), 200);
    program.signal("SIGTERM");
    await program.waitForLine(FINISHING, { from: "stderr" });
    await client.send("st: a\r\n\r\n");
    const response = await client.readResponse();
    assertEquals([response.status, response.field("connection")], [503, "close"]);
    client.close();
    assertEquals((await program.waitForEnd()).code, 0);
  },
});

Deno.test({
  name: "a second signal ends the status server at once, too",
  ignore,
  fn: async () => {
    const args = ["--health", "--grace", "3600", ...ANY_PORT];
    const { program, port } = await startServing(args, { withHandler: true });
    await using _ = program;
    using scraper = await connect(await statusPortOf(program));
    await scraper.send(`GET ${HEALTH} HTTP/1.1\r\nHost: a\r\n`);
    using client = await connect(port);
    await client.send("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n");
    assertEquals((await get(port, "/permissions")).status, 200);
    program.signal("SIGTERM");
    await program.waitForLine(FINISHING, { from: "stderr" });
    program.signal("SIGTERM");
    assertEquals((await program.waitForEnd()).code, 1);
  },
});

Deno.test({
  name: "--status-listen unix: keeps the permission to remove the socket, and removes it",
  ignore,
  fn: async () => {
    await using folder = await TempFolder.make();
    const path = `${folder.path}/status.sock`;
    const args = ["--health", "--status-listen", `unix:${path}`];
    const { program, port } = await startServing(args, { withHandler: true });
    await using _ = program;
    assertEquals((await get({ path }, HEALTH)).text(), "ok\n");
    assertEquals((await get(port, "/permissions")).text(), "net write");
    await program.waitForLine(new RegExp(`^Health at unix:${path}, http://localhost${HEALTH}$`));
    program.signal("SIGTERM");
    assertEquals((await program.waitForEnd()).code, 0);
    assertEquals(await namesIn(folder), []);
  },
});

Deno.test("a taken address of --status-listen is one line, and exit status 1", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const args = ["-p", "0", "--health", "--status-listen", `127.0.0.1:${port}`];
  await using program = start(args);
  assertEquals((await program.waitForEnd()).code, 1);
  assertEquals(program.lines.map(({ text }) => text), [
    `Cannot listen on 127.0.0.1:${port}: the port is taken (--status-listen)`,
  ]);
});

Deno.test({
  name: "where the public port is taken, the status server's socket does not stay behind",
  ignore,
  fn: async () => {
    await using folder = await TempFolder.make();
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const place = `unix:${folder.path}/status.sock`;
    await using program = start(["-p", String(port), "--health", "--status-listen", place]);
    assertEquals((await program.waitForEnd()).code, 1);
    assertMatch(program.stderr, /^Cannot listen on 127\.0\.0\.1:\d+: the port is taken/);
    assertEquals(await namesIn(folder), []);
  },
});

async function namesIn(folder: TempFolder): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder.path))).map(({ name }) => name);
}
