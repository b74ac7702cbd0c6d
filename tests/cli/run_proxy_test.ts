// The program behind a proxy: whose address is in its log and in its notes.

import { assert, assertEquals, assertMatch } from "../deps.ts";
import { connect } from "../support/raw_client.ts";
import { startServing } from "./started_program.ts";

const PREAMBLE = "PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\n";
const TOO_LONG = "Content-Length: 999999999\r\n\r\n";

function get(...lines: string[]): string {
  return ["GET /favicon.svg HTTP/1.1", "Host: localhost", ...lines, "", ""].join("\r\n");
}

/** The addresses of the log's lines, when there are `count`. */
async function loggedBy(
  { program }: Awaited<ReturnType<typeof startServing>>,
  count: number,
): Promise<(string | undefined)[]> {
  const lines = () => program.stdout.split("\n").filter((line) => line !== "");
  for (let after = 0; lines().length < count; after++) {
    await program.waitForLine(/./, { from: "stdout", after });
  }
  return lines().map((line) => line.split(" ")[0]);
}

for (
  const [name, args, addresses] of [
    ["--trust-proxy loopback", ["--trust-proxy", "loopback"], [
      "192.0.2.7",
      "2001:db8::9",
      "127.0.0.1",
    ]],
    ["--trust-proxy of another", ["--trust-proxy", "192.0.2.1"], Array(3).fill("127.0.0.1")],
    ["no --trust-proxy", [], Array(3).fill("127.0.0.1")],
  ] as const
) {
  Deno.test(`with ${name} the log says ${addresses.join(", ")}`, async () => {
    const started = await startServing([...args]);
    await using _ = started.program;
    using client = await connect(started.port);
    await client.send(get("X-Forwarded-For: 203.0.113.66, 192.0.2.7"));
    await client.readResponse();
    await client.send(get('Forwarded: for=203.0.113.66, for="[2001:db8::9]:4711";proto=https'));
    await client.readResponse();
    await client.send(get());
    await client.readResponse();
    assertEquals(await loggedBy(started, 3), addresses);
  });
}

Deno.test("with --verbose a note names the client that was refused, or the peer where there was no request", async () => {
  const { program, port } = await startServing(["--trust-proxy", "127.0.0.1", "-v", "--log=none"]);
  await using _ = program;
  for (const rest of [`X-Forwarded-For: 192.0.2.7\r\n${TOO_LONG}`, "Bad field: x\r\n\r\n"]) {
    using client = await connect(port);
    await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${rest}`);
    await client.readAll();
  }
  await program.waitForLine(/^Refused 127\.0\.0\.1:\d+ with 400: /, { from: "stderr" });
  assertMatch(program.stderr, /^Refused 192\.0\.2\.7 with 413: /m);
});

Deno.test("with --proxy-protocol the log has the client's address, and a connection without a preamble gets nothing", async () => {
  const started = await startServing(["--proxy-protocol", "--verbose"]);
  const { program, port } = started;
  await using _ = program;
  using client = await connect(port);
  await client.send(PREAMBLE + get());
  assertEquals((await client.readResponse()).status, 200);
  assertEquals(await loggedBy(started, 1), ["203.0.113.7"]);
  using other = await connect(port);
  await other.send("GET");
  const received = await other.readAll().catch((error) => error);
  assert(received instanceof Deno.errors.ConnectionReset || received.length === 0);
  const [, reason] = await program.waitForLine(/^Connection with 127\.0\.0\.1:\d+ broke: (.*)$/);
  assertEquals(reason, "The connection is not taken: it does not begin with a PROXY preamble");
  assertEquals(await loggedBy(started, 1), ["203.0.113.7"]);
});

Deno.test("with --proxy-protocol and --trust-proxy nobody else may say whose connection it is", async () => {
  const { program, port } = await startServing([
    "--proxy-protocol",
    "--trust-proxy",
    "192.0.2.1",
    "--verbose",
  ]);
  await using _ = program;
  using client = await connect(port);
  await client.send(PREAMBLE + get());
  const received = await client.readAll().catch((error) => error);
  assert(received instanceof Deno.errors.ConnectionReset || received.length === 0);
  await program.waitForLine(/ broke: .* not believed from this address$/, { from: "stderr" });
});

Deno.test("--proxy-protocol on all interfaces is warned of, unless somebody is trusted", async () => {
  const warning = /^Whoever can connect can claim to be anybody: give --trust-proxy/m;
  for (const [args, isWarned] of [[[], true], [["--trust-proxy", "loopback"], false]] as const) {
    const { program } = await startServing(["--proxy-protocol", "--lan", ...args]);
    await using _ = program;
    program.signal("SIGTERM");
    await program.waitForEnd();
    assertEquals(warning.test(program.stderr), isWarned);
  }
});
