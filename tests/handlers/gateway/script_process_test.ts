// How long scripts run, how many at a time, and that nothing is left of them. Deadlines are short, and
// what has to pass is waited for; how long it took is never asked.

import { RunningScripts } from "../../../lib/handlers/gateway/running_scripts.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../deps.ts";
import { makeFolder } from "../../support/fixture_folder.ts";
import { descriptorsOf, until } from "../../support/process_resources.ts";
import { startProgram } from "../../support/program.ts";
import { connect, type RawClient, toText } from "../../support/raw_client.ts";
import {
  childrenOf,
  executable,
  ignore,
  isRunning,
  type ServedScripts,
  serveScripts,
  sh,
  shText,
} from "./served_scripts.ts";

/** What is told in /proc is told on Linux alone. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: ignore || Deno.build.os !== "linux", fn });
}

const GET = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
/** For scripts that say nothing. */
const SHORT = { timeout: 0.3, grace: 0.1 };
/** For scripts that say something first: even on a busy machine they do so within that. */
const MIDDLE = { timeout: 1, grace: 0.1 };
const LONG = { timeout: 600, grace: 0.1 };

/** How those are found whom a script has started. */
const WAYS = [["by a mark", false], ["by a session", true]] as const;

/** Where scripts write who they are: `pids` in their own folder. */
const SIGN = "echo $$ >> pids";
/** Somebody who does not end when he is asked to. */
const DEAF = `(trap '' TERM; echo "$(exec sh -c 'echo $PPID')" >> pids; sleep 600) &`;

function pidsOf(served: ServedScripts): number[] {
  try {
    const text = Deno.readTextFileSync(`${served.directory}/pids`);
    return text.split("\n").filter((line) => line !== "").map(Number);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Waits until so many processes have signed. */
async function signed(served: ServedScripts, count: number): Promise<number[]> {
  return await until(() => pidsOf(served), (pids) => pids.length >= count);
}

/** Waits until none of all that have signed runs. */
async function nobodyRuns(served: ServedScripts): Promise<void> {
  await until(() => pidsOf(served).filter(isRunning), (running) => running.length === 0);
  await until(() => served.scripts.size, (size) => size === 0);
}

async function readUntil(client: RawClient, end: string): Promise<void> {
  let read = "";
  while (!read.endsWith(end)) read += toText(await client.readBytes(1));
}

const silent: [what: string, ...lines: string[]][] = [
  ["sleeps", SIGN, "exec sleep 600"],
  ["waits for another program", SIGN, "sleep 600"],
  ["does not end when it is asked to", SIGN, "trap '' TERM", "while :; do sleep 600; done"],
  ["has started somebody who does not", SIGN, DEAF, "sleep 600"],
  ["has written half a head", SIGN, "echo A: 1", "sleep 600"],
  ["writes to stderr alone", SIGN, "while :; do echo x >&2; sleep 0.05; done"],
];
for (
  const [how, isAtTerminal, what, ...lines] of WAYS.flatMap((way) =>
    silent.map((one) => [...way, ...one] as const)
  )
) {
  test(`a script that ${what} is a 504, and it and all whom it started are killed, ${how}`, async () => {
    await using served = serveScripts({ "a.cgi": sh(...lines) }, { ...SHORT, isAtTerminal });
    assertEquals((await served.get("/a.cgi")).status, 504);
    await nobodyRuns(served);
    const told = served.lines.filter((line) => line.includes("failed"));
    assertEquals(told.length, 1, served.lines.join("\n"));
    assertMatch(told[0]!, /^\/a\.cgi The script \/.*\/a\.cgi failed\. It was silent for 0\.3 s$/);
  });
}

test("who has left parent, group and session is found by the mark all the same", async () => {
  const away = `setsid sh -c 'echo $$ >> pids; trap "" TERM; sleep 600; sleep 600' &`;
  await using served = serveScripts({ "a.cgi": sh(`(${away}) &`, SIGN, "sleep 600") }, {
    ...SHORT,
  });
  const answer = served.get("/a.cgi");
  await signed(served, 2);
  assertEquals((await answer).status, 504);
  await nobodyRuns(served);
});

test("where those whom it has started cannot be looked for, that is told, and it is ended itself", async () => {
  const { Command } = Deno;
  Deno.Command = class extends Command {
    constructor(program: string | URL, options: Deno.CommandOptions = {}) {
      const isSearch = program === "/bin/sh" && options.stdout === "null";
      super(isSearch ? "/bin/false" : program, options);
    }
  };
  try {
    await using served = serveScripts({ "a.cgi": sh(SIGN, "exec sleep 600") }, SHORT);
    assertEquals((await served.get("/a.cgi")).status, 504);
    await nobodyRuns(served);
    await served.scripts.settled();
    assertMatch(
      served.lines.join("\n"),
      /Cannot send SIGTERM to process \d+: the search for those/,
    );
  } finally {
    Deno.Command = Command;
  }
});

test("a script that is silent in its answer cuts it, and is killed", async () => {
  await using served = serveScripts({ "a.cgi": shText(SIGN, "echo x", "sleep 600") }, MIDDLE);
  using client = await served.connect();
  await client.send(GET("/a.cgi"));
  const all = await client.readAllText();
  assertStringIncludes(all, "x\n");
  assert(!all.endsWith("0\r\n\r\n"), all);
  await nobodyRuns(served);
  assertMatch(String(served.server.handlerErrors), /a\.cgi failed\. It was silent for 1 s/);
});

test("a script that goes on saying something may take longer than it may be silent", async () => {
  await using served = serveScripts({
    "a.cgi": shText("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $i; sleep 0.1; done"),
  }, MIDDLE);
  assertEquals((await served.get("/a.cgi")).text(), "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n");
});

test("the peer's silence is not the script's", async () => {
  await using served = serveScripts({
    "a.cgi": shText("cat"),
    "silent.cgi": sh("sleep 600"),
  }, MIDDLE);
  using client = await served.connect();
  await client.send("POST /a.cgi HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
  // By the time that another one, which began later, has been given up, it would have been too.
  await readUntil(client, "a\r\n");
  assertEquals((await served.get("/silent.cgi")).status, 504);
  await client.send("b");
  await readUntil(client, "b\r\n0\r\n\r\n");
});

test("a script that neither reads nor writes is given up, whatever the peer has to send", async () => {
  await using served = serveScripts({ "a.cgi": sh(SIGN, "sleep 600") }, SHORT);
  using client = await served.connect();
  const length = 1_000_000;
  const head = `POST /a.cgi HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
  const sent = client.send(head + "x".repeat(length)).catch(() => undefined);
  assertEquals((await client.readResponse()).status, 504);
  await nobodyRuns(served);
  client.close();
  await sent;
});

test("a script that runs on after its output has ended is stopped some time later", async () => {
  await using served = serveScripts({
    "a.cgi": shText(SIGN, "echo x; exec 1>&-", "sleep 600"),
  }, MIDDLE);
  assertEquals((await served.get("/a.cgi")).text(), "x\n");
  await nobodyRuns(served);
  await served.scripts.settled();
  assertMatch(served.lines.join("\n"), /^\/a\.cgi Its output has ended, but it ran on for 1 s/);
});

test("whom a script leaves in the background, with its pipes open, holds nobody up for ever", async () => {
  await using served = serveScripts({
    "a.cgi": shText("echo x", "sleep 600 >&- &", "echo $! >> pids"),
    "b.cgi": shText("echo x", "sleep 600 &", "echo $! >> pids"),
  }, MIDDLE);
  assertEquals((await served.get("/a.cgi")).text(), "x\n");
  using client = await served.connect();
  await client.send(GET("/b.cgi"));
  await client.readAll();
  await served.scripts.settled();
  const pids = pidsOf(served);
  assertEquals([pids.length, pids.every(isRunning)], [2, true]);
  for (const pid of pids) Deno.kill(pid, "SIGKILL");
});

const leaving: [what: string, script: string[]][] = [
  ["before the answer", [SIGN, "sleep 600"]],
  ["in the answer", ["echo A: 1; echo; echo x", SIGN, "sleep 600"]],
  ["in an answer that does not end", ["echo A: 1; echo", SIGN, "yes"]],
  ["before an answer of somebody who is deaf", [SIGN, DEAF, "trap '' TERM; sleep 600; sleep 600"]],
];
for (
  const [how, isAtTerminal, what, script] of WAYS.flatMap((way) =>
    leaving.map((one) => [...way, ...one] as const)
  )
) {
  test(`a peer that leaves ${what} takes the script with it, ${how}`, async () => {
    await using served = serveScripts({ "a.cgi": sh(...script) }, {
      ...LONG,
      isAtTerminal,
      server: { deadlines: { answer: 0.1 } },
    });
    const client = await served.connect();
    await client.send(GET("/a.cgi"));
    await signed(served, script.includes(DEAF) ? 2 : 1);
    if (what.startsWith("in ")) await readUntil(client, "\r\n\r\n");
    client.close();
    await nobodyRuns(served);
    assertEquals(served.lines, []);
  });
}

test("a peer that leaves in its content takes the script with it", async () => {
  await using served = serveScripts({ "a.cgi": sh(SIGN, "cat > /dev/null; sleep 600") }, LONG);
  const client = await served.connect();
  await client.send("POST /a.cgi HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  await signed(served, 1);
  client.close();
  await nobodyRuns(served);
});

test("a peer that has ended its side still gets its answer", async () => {
  await using served = serveScripts({ "a.cgi": shText("sleep 0.05; echo x") });
  using client = await served.connect();
  await client.send("GET /a.cgi HTTP/1.0\r\n\r\n");
  await client.closeWrite();
  assertStringIncludes(await client.readAllText(), "x\n");
});

test("beyond so many scripts at the same time everybody is told to come again (RFC 9110 15.6.4)", async () => {
  const scripts = new RunningScripts(2);
  await using served = serveScripts({ "a.cgi": shText("echo in; read x; echo $x") }, { scripts });
  const head = "POST /a.cgi HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";
  using first = await served.connect();
  using second = await served.connect();
  for (const client of [first, second]) {
    await client.send(head);
    await readUntil(client, "in\n\r\n");
  }
  assertEquals(scripts.size, 2);
  for (let time = 0; time < 3; time++) {
    const response = await served.ask("POST /a.cgi HTTP/1.1\nHost: a\nContent-Length: 4", "abc\n");
    assertEquals([response.status, response.field("retry-after")], [503, "1"]);
  }
  await first.send("one\n");
  await readUntil(first, "one\n\r\n0\r\n\r\n");
  await until(() => scripts.size, (size) => size === 1);
  await first.send(head + "abc\n");
  assertEquals((await first.readResponse()).text(), "in\nabc\n");
  await second.send("two\n");
  await readUntil(second, "two\n\r\n0\r\n\r\n");
  await scripts.settled();
  assertEquals([scripts.size, served.lines], [0, []]);
});

test("places are given back whatever becomes of a request", async () => {
  const scripts = new RunningScripts(1);
  await using served = serveScripts({
    "good.cgi": shText("cat"),
    "bad.cgi": sh(),
    "none.cgi": executable("#!/nowhere\n"),
    "silent.cgi": sh("sleep 600"),
  }, { ...MIDDLE, scripts, server: { limits: { content: 2_000_000 } } });
  const chunked = "POST /good.cgi HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const requests: [octets: string, status: number][] = [
    [GET("/bad.cgi"), 502],
    [GET("/none.cgi"), 500],
    [GET("/silent.cgi"), 504],
    [`${chunked}zz\r\n`, 400],
    [`${chunked}110000\r\n${"x".repeat(0x11_0000)}\r\n`, 411],
    [`${chunked}200000\r\n`, 413],
    [GET("/good.cgi"), 200],
  ];
  for (const [octets, status] of requests) {
    using client = await served.connect();
    const sent = client.send(octets);
    assertEquals((await client.readResponse()).status, status);
    await sent;
    await until(() => scripts.size, (size) => size === 0);
  }
});

test("the end of the server ends all scripts, deaf ones too", async () => {
  await using served = serveScripts({ "a.cgi": sh(SIGN, DEAF, "trap '' TERM; sleep 600") }, LONG);
  using client = await served.connect();
  await client.send(GET("/a.cgi"));
  await signed(served, 2);
  await served.scripts.stop();
  await nobodyRuns(served);
});

test("no zombie and no descriptor is left of scripts, however they end", async () => {
  await using served = serveScripts({
    "good.cgi": shText("cat"),
    "bad.cgi": sh("exit 1"),
    "killed.cgi": sh("kill -9 $$"),
    "silent.cgi": sh("sleep 600"),
    "deaf.cgi": shText("cat > /dev/null; echo x"),
    "none.cgi": executable("#!/nowhere\n"),
    "loud.cgi": shText("yes | head -c 300000 >&2; yes | head -c 300000"),
  }, { ...SHORT, scripts: new RunningScripts(100) });
  const names = ["good", "bad", "killed", "silent", "deaf", "none", "loud"];
  const round = async () => {
    // So many at once that some are given up; that is one of the ends.
    await Promise.allSettled(names.flatMap((name) => [
      served.get(`/${name}.cgi`),
      served.ask(`HEAD /${name}.cgi HTTP/1.1\nHost: a`),
      served.ask(`POST /${name}.cgi HTTP/1.1\nHost: a\nContent-Length: 3`, "abc"),
    ]));
    await served.scripts.settled();
    await served.server.connections(0);
  };
  await round();
  const before = descriptorsOf(Deno.pid);
  for (let time = 0; time < 3; time++) await round();
  assertEquals(childrenOf(Deno.pid), []);
  await until(() => descriptorsOf(Deno.pid), (now) => now <= before);
});

test("where no descriptors are left, peers are told to come again (RFC 9110 15.6.4)", async () => {
  await using folder = makeFolder({ "a.cgi": shText("echo x") });
  const program = new URL("cgi_program.ts", import.meta.url).pathname;
  await using server = startProgram({
    command: "sh",
    args: [
      "-c",
      'ulimit -n 40; exec "$@"',
      "sh",
      Deno.execPath(),
      "run",
      "-A",
      "--no-check",
      program,
      folder.path,
    ],
  });
  const [, port] = await server.waitForLine(/^Serves at port (\d+)$/);
  const clients: RawClient[] = [];
  try {
    const first = await connect(Number(port));
    clients.push(first);
    const ask = async () => {
      await first.send(GET("/a.cgi"));
      return await first.readResponse();
    };
    assertEquals((await ask()).text(), "x\n");
    let response = await ask();
    while (response.status === 200 && clients.length < 40) {
      const client = await connect(Number(port));
      clients.push(client);
      await client.send(GET("/nowhere"));
      await client.readResponse().catch(() => undefined);
      response = await ask();
    }
    assertEquals([response.status, response.field("retry-after")], [503, "1"]);
    for (const client of clients.splice(1)) client.close();
    while (response.status === 503) response = await ask();
    assertEquals(response.text(), "x\n");
  } finally {
    for (const client of clients) client.close();
  }
});
