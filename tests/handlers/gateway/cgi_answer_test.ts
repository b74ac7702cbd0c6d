// What becomes of content and of answers: real scripts over real sockets (RFC 3875 4.2 and 6).

import { RunningScripts } from "../../../lib/handlers/gateway/running_scripts.ts";
import { withMounts } from "../../../lib/handlers/mounts.ts";
import type { Handler } from "../../../lib/server/handler.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../deps.ts";
import type { Fixture, FixtureTree } from "../../support/fixture_folder.ts";
import { until } from "../../support/process_resources.ts";
import { type RawClient, toBytes, toText } from "../../support/raw_client.ts";
import { SeededRandom } from "../../support/seeded_random.ts";
import { assertSameOctets } from "../../support/served_folder.ts";
import { text } from "../../support/server.ts";
import {
  executable,
  ignore,
  type ServedScripts,
  serveScripts,
  sh,
  shText,
} from "./served_scripts.ts";

const MIB = 1_048_576;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore, fn });
}

/** A script that writes exactly this. */
function shWriting(output: string): Fixture {
  const escapes = Array.from(toBytes(output), (octet) => `\\${octet.toString(8).padStart(3, "0")}`);
  return sh(`printf '${escapes.join("")}'`);
}

/** Reads octet by octet until what was read ends with `end`. */
async function readUntil(client: RawClient, end: string): Promise<string> {
  let read = "";
  while (!read.endsWith(end)) read += toText(await client.readBytes(1));
  return read;
}

const post = (length: number, target = "/a.cgi") =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

const languages: [program: string, script: string][] = [
  ["sh", "#!/bin/sh\necho Content-Type: text/x\necho\nread x; printf '<%s>' \"$x\""],
  ["perl", '#!/usr/bin/env perl\nprint "Content-Type: text/x\\n\\n<" . <STDIN> . ">"'],
  ["python3", '#!/usr/bin/env python3\nprint("Content-Type: text/x\\n\\n<"+input()+">",end="")'],
];
for (const [program, script] of languages) {
  const isThere = !ignore && new Deno.Command("which", { args: [program] }).outputSync().success;
  Deno.test({
    name: `a script in ${program} gets content and answers${isThere ? "" : " (not installed)"}`,
    ignore: !isThere,
    fn: async () => {
      await using served = serveScripts({ "a.cgi": executable(script) });
      const response = await served.ask(post(5).trimEnd().replaceAll("\r", ""), "hello");
      assertEquals([response.status, response.text()], [200, "<hello>"]);
      assertEquals(response.field("content-type"), "text/x");
    },
  });
}

const every = String.fromCharCode(...Array(256).keys());
const heads: [what: string, output: string, status: number, fields: string[], content: string][] = [
  ["LF", "A: 1\nB: 2\n\nx\n", 200, ["A: 1", "B: 2"], "x\n"],
  ["CRLF", "A: 1\r\nB: 2\r\n\r\nx\r\n", 200, ["A: 1", "B: 2"], "x\r\n"],
  ["every octet as content", `A: 1\n\n${every}`, 200, ["A: 1"], every],
  ["octets in a field", "A: \xe9\n\n", 200, ["A: \xe9"], ""],
  ["a status", "Status: 418 Teapot\n\nx", 418, [], "x"],
  ["an absolute redirect", "Location: http://b/x\n\nx", 302, ["Location: http://b/x"], "x"],
  ["a redirect with its status", "Status: 303 X\nLocation: /x\n\n", 303, ["Location: /x"], ""],
  ["cookies", "Set-Cookie: a=1\nSet-Cookie: b=2\n\n", 200, [
    "Set-Cookie: a=1",
    "Set-Cookie: b=2",
  ], ""],
  ["framing of its own", "A: 1\nConnection: close\nDate: x\n\nx", 200, ["A: 1"], "x"],
];
for (const [what, output, status, fields, content] of heads) {
  test(`an answer arrives with ${what}, and the connection lives on (RFC 3875 6.3)`, async () => {
    await using served = serveScripts({ "a.cgi": shWriting(output) });
    using client = await served.connect();
    for (let time = 0; time < 2; time++) {
      await client.send("GET /a.cgi HTTP/1.1\r\nHost: a\r\n\r\n");
      const response = await client.readResponse();
      const lines = response.fields.map((line) => line.join(": "))
        .filter((line) => !/^(?:Date|Transfer-Encoding|Content-Length): /.test(line));
      assertEquals([response.status, lines, toText(response.content)], [status, fields, content]);
    }
    assertEquals([served.lines, served.server.handlerErrors], [[], []]);
  });
}

const failures: [what: string, script: Fixture, line: RegExp][] = [
  ["writes nothing", sh(), /It wrote nothing$/],
  ["fails before it writes", sh("exit 3"), /It wrote nothing: it ended with exit code 3$/],
  ["is killed before it writes", sh("kill -9 $$"), /wrote nothing: it was killed by SIGKILL$/],
  ["writes half a head", shWriting("A: 1\nB"), /before the empty line/],
  ["writes a page without a head", shWriting("<p>Hello\n\n"), /no field: "<p>Hello"$/],
  ["writes an error message", sh("nowhere; exec 2>&1; nowhere"), /before the empty line/],
  ["speaks HTTP", shWriting("HTTP/1.1 200 OK\r\nA: 1\r\n\r\nx"), /status line/],
  ["splits a field", shWriting("A: 1\rB: 2\n\n"), /Cannot send A with/],
  ["has an impossible status", shWriting("Status: 100\n\n"), /Status is no number/],
  ["writes fields without end", sh("yes 'A: 1'"), /have no end$/],
  ["writes a line without end", sh("yes | tr -d '\\n'"), /have no end$/],
  ["has an interpreter that fails", executable("#!/bin/sh -o nowhere\n"), /It wrote nothing/],
];
for (const [what, script, line] of failures) {
  test(`a script that ${what} is a 502 and one line that names it (RFC 9110 15.6.3)`, async () => {
    await using served = serveScripts({ "a.cgi": script });
    const response = await served.get("/a.cgi?x");
    assertEquals(response.status, 502);
    assert(!response.text().includes(served.directory), "the path is for the log alone");
    const told = served.lines.filter((one) => one.includes("failed"));
    assertEquals(told.length, 1, served.lines.join("\n"));
    assertStringIncludes(told[0]!, `/a.cgi?x The script ${served.directory}/a.cgi failed. `);
    assertMatch(told[0]!, line);
    assertEquals(served.server.handlerErrors, []);
  });
}

const lengths: [what: string, output: string, content: string][] = [
  ["is right", "A: 1\nContent-Length: 3\n\nabc", "abc"],
  ["is 0", "A: 1\nContent-Length: 0\n\n", ""],
  ["is 0 before content", "A: 1\nContent-Length: 0\n\nabc", ""],
  ["is too small", "A: 1\nContent-Length: 2\n\nabcdef", "ab"],
];
for (const [what, output, content] of lengths) {
  test(`Content-Length that ${what}: the answer is whole (RFC 9112 6.3)`, async () => {
    // In one piece, and in two with the border in the content.
    const border = output.indexOf("\n\n") + 3;
    const whole = shWriting(output);
    const pieces = executable(
      `#!/usr/bin/env perl\n$| = 1; read STDIN, $x, 1; print pack("H*", "${
        toBytes(output.slice(0, border)).toHex()
      }");\nread STDIN, $x, 1; print pack("H*", "${toBytes(output.slice(border)).toHex()}");\n`,
    );
    await using served = serveScripts({ "whole.cgi": whole, "pieces.cgi": pieces });
    for (const target of ["/whole.cgi", "/pieces.cgi"]) {
      using client = await served.connect();
      await client.send(post(2, target) + "xy");
      assertEquals(toText((await client.readResponse()).content), content);
      await client.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals((await client.readResponse()).status, 404);
    }
  });
}

const broken: [what: string, head: string, end: string, told: RegExp][] = [
  [
    "is shorter than its Content-Length",
    "Content-Type: a/b; echo Content-Length: 9",
    "",
    /ended with 6 octets of its C/,
  ],
  ["is killed in its content", "A: 1", "kill -9 $$", /It was killed by SIGKILL in its content/],
];
for (const [what, head, end, told] of broken) {
  test(`a script that ${what} cuts its answer`, async () => {
    const script = sh(`echo ${head}; echo; printf abc; read x`, end);
    await using served = serveScripts({ "a.cgi": script });
    using client = await served.connect();
    await client.send(post(1));
    let all = "";
    // Only when this is here, which needs the answer to have begun, does the script come to its end.
    while (!all.includes("abc")) all += toText(await client.readBytes(1));
    await client.send("\n");
    all += await client.readAllText();
    assertStringIncludes(all, "200 OK");
    assert(!all.endsWith("0\r\n\r\n"), all);
    assertMatch(String(served.server.handlerErrors), told);
  });

  test(`a script that at once ${what} is a 502, unless its answer has begun`, async () => {
    const script = sh(`echo ${head}; echo; printf abc`, end);
    await using served = serveScripts({ "a.cgi": script });
    using client = await served.connect();
    await client.send("GET /a.cgi HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const all = await client.readAllText();
    assertMatch(all, /^HTTP\/1\.1 (?:502 |200 )/);
    assert(!all.endsWith("0\r\n\r\n"), all);
    assertMatch([...served.lines, ...served.server.handlerErrors].join("\n"), told);
  });
}

test("a script whose last command fails has answered all the same", async () => {
  await using served = serveScripts({ "a.cgi": shText("printf abc", "exit 1") });
  assertEquals((await served.get("/a.cgi")).text(), "abc");
});

const unread: [what: string, method: string, head: string, status: number][] = [
  ["HEAD", "HEAD", "A: 1", 200],
  ["HEAD with a length", "HEAD", "Content-Length: 9\\nA: 1", 200],
  ["204", "GET", "Status: 204", 204],
  ["304", "GET", "Status: 304", 304],
];
for (const [what, method, head, status] of unread) {
  test(`to ${what} no content is sent, and the script runs to its end (RFC 9110 6.4.1)`, async () => {
    const script = sh(`printf '${head}\\n\\n'`, "yes | head -c 1000000", "echo done > done");
    await using served = serveScripts({ "a.cgi": script });
    using client = await served.connect();
    for (let time = 0; time < 2; time++) {
      await client.send(`${method} /a.cgi HTTP/1.1\r\nHost: a\r\n\r\n`);
      const response = await client.readResponse({ head: method === "HEAD" });
      assertEquals([response.status, response.content.length], [status, 0]);
    }
    await until(() => served.scripts.size, (size) => size === 0);
    assertEquals(Deno.readTextFileSync(`${served.directory}/done`), "done\n");
  });
}

test("content of 10 MB passes both ways at the same time, octet by octet", async () => {
  await using served = serveScripts({ "a.cgi": shText("cat") });
  const content = new SeededRandom().bytes(10_000_000);
  using client = await served.connect();
  const sent = client.send(post(content.length)).then(() => client.send(content));
  const [response] = await Promise.all([client.readResponse(), sent]);
  assertSameOctets(response.content, content);
});

test("content and answer pass as they come, and nothing waits for the end", async () => {
  await using served = serveScripts({
    "a.cgi": shText('while read x; do echo "got $x"; done'),
  });
  using client = await served.connect();
  await client.send(post(8));
  for (const piece of ["one\n", "two\n"]) {
    await client.send(piece);
    await readUntil(client, `got ${piece}\r\n`);
  }
  await readUntil(client, "0\r\n\r\n");
});

test("chunked content gets a length (RFC 3875 4.1.2)", async () => {
  await using served = serveScripts({
    "a.cgi": shText(`printf '%s|%s|' "$CONTENT_LENGTH" "$HTTP_TRANSFER_ENCODING"`, "cat"),
  });
  using client = await served.connect();
  for (const [chunks, expected] of [["3\r\nabc\r\n2\r\nde\r\n", "5||abcde"], ["", "0||"]]) {
    const head = "POST /a.cgi HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    await client.send(`${head}${chunks}0\r\n\r\n`);
    assertEquals((await client.readResponse()).text(), expected);
  }
});

test("chunked content of more than 1 MiB is 411 (RFC 9110 15.5.12)", async () => {
  await using served = serveScripts({ "a.cgi": shText("wc -c") });
  for (const [length, status] of [[MIB, 200], [MIB + 1, 411]] as const) {
    using client = await served.connect();
    const head = "POST /a.cgi HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const content = `${length.toString(16)}\r\n${"x".repeat(length)}\r\n0\r\n\r\n`;
    const sent = client.send(head + content);
    assertEquals((await client.readResponse()).status, status);
    await sent;
  }
});

test("100 (Continue) goes out when the script is there to read, and not where it is refused", async () => {
  await using served = serveScripts({ "a.cgi": shText("cat") });
  using client = await served.connect();
  const expecting = (target: string) =>
    post(3, target).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
  await client.send(expecting("/a.cgi"));
  assertEquals((await client.readResponse()).status, 100);
  await client.send("abc");
  assertEquals((await client.readResponse()).text(), "abc");
  await client.send(expecting("/nowhere"));
  assertEquals((await client.readResponse()).status, 404);
});

test("a script need not read its content (RFC 3875 4.2)", async () => {
  await using served = serveScripts({ "a.cgi": shText("echo no") }, {
    server: { deadlines: { linger: 0.1 } },
  });
  for (const length of [3, 200_000, 10_000_000]) {
    using client = await served.connect();
    const sent = client.send(post(length) + "x".repeat(length)).catch(() => undefined);
    assertEquals((await client.readResponse()).text(), "no\n");
    await sent;
  }
  assertEquals([served.lines, served.server.handlerErrors], [[], []]);
});

test("content that breaks the rules ends the script and is the peer's fault (RFC 9112 7.1)", async () => {
  await using served = serveScripts({ "a.cgi": shText("cat") }, {
    server: { limits: { content: 100 } },
  });
  const head = "POST /a.cgi HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const [chunk, status] of [["zz\r\n", 400], ["65\r\n", 413]] as const) {
    using client = await served.connect();
    await client.send(head + chunk);
    assertEquals((await client.readResponse()).status, status);
  }
  assertEquals([served.lines, served.server.handlerErrors], [[], []]);
});

test("stderr is told line by line, with the request it belongs to", async () => {
  const tree = { "a.cgi": sh("echo one >&2; printf 'two\\033\\n\\nthree' >&2", "echo A: 1; echo") };
  await using served = serveScripts(tree);
  assertEquals((await served.get("/a.cgi?x")).status, 200);
  await served.scripts.settled();
  assertEquals(served.lines, ["/a.cgi?x one", "/a.cgi?x two\x1b", "/a.cgi?x three"]);
});

test("stderr without end neither stops the script nor floods the log", async () => {
  await using served = serveScripts({ "a.cgi": shText("yes x | head -c 1000000 >&2; echo end") });
  assertEquals((await served.get("/a.cgi")).text(), "end\n");
  await served.scripts.settled();
  assert(served.lines.length < 1_000, String(served.lines.length));
  assertMatch(served.lines.at(-1)!, /lines left out/);
});

const SITE: FixtureTree = {
  "to-env.cgi": shWriting("Location: /cgi/env.cgi/x?y\nContent-Type: text/html\n\nignored"),
  "to-file.cgi": shWriting("Location: /file?z\n\n"),
  "to-nowhere.cgi": shWriting("Location: /cgi/nowhere\n\n"),
  "to-itself.cgi": sh('echo "Location: /cgi/to-itself.cgi?x$QUERY_STRING"', "echo"),
  "env.cgi": shText(
    `printf '%s|' "$REQUEST_METHOD" "$SCRIPT_NAME" "$PATH_INFO" "$QUERY_STRING" "$REQUEST_URI" \\`,
    `  "$CONTENT_LENGTH" "$CONTENT_TYPE" "$HTTP_X_A" "$HTTP_COOKIE" "$HTTP_RANGE" "$HTTP_IF_MATCH"`,
  ),
};

/** The scripts below /cgi, and beside them a handler that tells what it is asked. */
function serveSite(options: { local: boolean }): ServedScripts {
  let site: Handler = () => text("not yet");
  const asked: Handler = ({ method, target, content }) =>
    text(`${method} ${target.raw} ${content === null}`);
  return serveScripts(SITE, {
    ...(options.local ? { redirect: (request) => site(request) } : {}),
    wrap: (handler) => site = withMounts([{ prefix: "/cgi", handler, isFolder: false }], asked),
  });
}

test("a local redirect asks the whole site again, with GET and without content (RFC 3875 6.2.2)", async () => {
  await using served = serveSite({ local: true });
  const head = (target: string) =>
    `POST ${target} HTTP/1.1\nHost: a\nContent-Type: a/b\nX-A: 1\nCookie: c\nRange: bytes=0-1\n` +
    "If-Match: x\nContent-Length: 3\n";
  assertEquals(
    (await served.ask(head("/cgi/to-env.cgi/1?2"), "abc")).text(),
    "GET|/cgi/env.cgi|/x|y|/cgi/env.cgi/x?y|||1|c|||",
  );
  assertEquals((await served.ask(head("/cgi/to-file.cgi"), "abc")).text(), "GET /file?z true");
  assertEquals((await served.get("/cgi/to-nowhere.cgi")).status, 404);
  const kept = await served.get("/cgi/to-env.cgi", "Range: bytes=0-1", "If-Match: x");
  assertStringIncludes(kept.text(), "|bytes=0-1|x|");
  const response = await served.ask("HEAD /cgi/to-file.cgi HTTP/1.1\nHost: a");
  assertEquals(response.field("content-length"), "17");
});

test("a local redirect needs one place for both scripts", async () => {
  let site: Handler = () => text("not yet");
  await using served = serveScripts({
    "a.cgi": sh("echo 'Location: /b.cgi'; echo; exec 1>&-; sleep 0.2"),
    "b.cgi": shText("echo b"),
  }, {
    scripts: new RunningScripts(1),
    redirect: (request) => site(request),
    wrap: (handler) => site = handler,
  });
  assertEquals((await served.get("/a.cgi")).text(), "b\n");
});

test("more than ten local redirects in a row are a 502 (RFC 3875 6.2.2)", async () => {
  await using served = serveSite({ local: true });
  assertEquals((await served.get("/cgi/to-itself.cgi")).status, 502);
  assertEquals(served.lines.length, 1);
  assertMatch(served.lines[0]!, /\?x{10} The script .*to-itself\.cgi failed\. .* redirects/);
});

test("without a site to ask, a local redirect is the client's to follow", async () => {
  await using served = serveSite({ local: false });
  const response = await served.get("/cgi/to-file.cgi");
  assertEquals([response.status, response.field("location")], [302, "/file?z"]);
});
