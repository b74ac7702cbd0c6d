// The program with a folder or a file: what the options come to, and what it says about it.

import { VERSION } from "../../lib/cli/start_line.ts";
import { hashPassword } from "../../lib/handlers/credentials.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../deps.ts";
import { connect, type RawClient, type RawResponse } from "../support/raw_client.ts";
import { start, startServing } from "./started_program.ts";
import { TempFolder } from "./temp_folder.ts";

const OCTETS = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 131) >> 3);
const ignoreOnWindows = Deno.build.os === "windows";

async function get(client: RawClient, path: string, ...lines: string[]): Promise<RawResponse> {
  await client.send([`GET ${path} HTTP/1.1`, "Host: a", ...lines, "", ""].join("\r\n"));
  return await client.readResponse();
}

Deno.test("rawserve FOLDER serves its files byte for byte and lists it, and says so", async () => {
  await using folder = await TempFolder.make({ "a b.bin": OCTETS, "sub/x.txt": "x" });
  const { program, port } = await startServing([folder.path, "--log=json"]);
  await using _ = program;
  assertEquals(
    program.stderr,
    `rawserve ${VERSION} serves ${folder.path} at http://127.0.0.1:${port}/`,
  );
  using client = await connect(port);
  assertEquals((await get(client, "/a%20b.bin")).content, OCTETS);
  assertStringIncludes((await get(client, "/")).text(), 'href="./a%20b.bin"');
  assertEquals((await get(client, "/sub?q")).field("location"), "/sub/?q");
  assertEquals((await get(client, "/nothing")).status, 404);
  assertEquals(
    (await get(client, "/?archive=tar")).field("content-type"),
    "text/html; charset=utf-8",
  );
  await program.waitForLine(/archive/, { from: "stdout" });
  const lines = program.stdout.split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ target, status }) => [target, status]), [
    ["/a%20b.bin", 200],
    ["/", 200],
    ["/sub?q", 301],
    ["/nothing", 404],
    ["/?archive=tar", 200],
  ]);
  assertEquals(lines[0].bytes, OCTETS.length);
});

Deno.test("rawserve FILE serves the file and nothing beside it", async () => {
  await using folder = await TempFolder.make({ "report.html": "<p>r", "other.html": "<p>o" });
  const { program, port } = await startServing([`${folder.path}/report.html`]);
  await using _ = program;
  using client = await connect(port);
  assertEquals((await get(client, "/")).text(), "<p>r");
  assertEquals((await get(client, "/report.html")).text(), "<p>r");
  assertEquals((await get(client, "/other.html")).status, 404);
});

Deno.test("options say how the folder is served", async () => {
  await using folder = await TempFolder.make({
    "home.html": "<p>home",
    "page.html": "<p>page",
    "a.foo": "foo",
    ".env": "dot",
    "big.txt": "text ".repeat(1_000),
    "sub/x": "x",
  });
  const { program, port } = await startServing([
    ...["--index", "nothing.html,home.html", "--listing", "off", "--dotfiles", "--spa"],
    ...["--clean-urls", "--archive", "--compress=off", "--cross-origin-isolated"],
    ...["--mime", ".foo=text/x-foo", "--cache", "*.foo=max-age=60", folder.path],
  ]);
  await using _ = program;
  using client = await connect(port);
  const home = await get(client, "/");
  assertEquals([home.text(), home.field("cross-origin-opener-policy")], ["<p>home", "same-origin"]);
  const foo = await get(client, "/a.foo");
  assertEquals(
    [foo.field("content-type"), foo.field("cache-control")],
    ["text/x-foo; charset=utf-8", "max-age=60"],
  );
  assertEquals((await get(client, "/.env")).text(), "dot");
  assertEquals((await get(client, "/page")).text(), "<p>page");
  assertEquals((await get(client, "/sub/")).status, 404);
  assertEquals((await get(client, "/deep/route", "Accept: text/html")).text(), "<p>home");
  assertEquals((await get(client, "/deep/route")).status, 404);
  const big = await get(client, "/big.txt", "Accept-Encoding: gzip");
  assertEquals([big.field("content-encoding"), big.content.length], [null, 5_000]);
  const archive = await get(client, "/sub/?archive=tar");
  assertEquals([archive.status, archive.field("content-type")], [200, "application/x-tar"]);
});

Deno.test("text is compressed unless --compress off", async () => {
  await using folder = await TempFolder.make({ "big.txt": "text ".repeat(1_000) });
  const { program, port } = await startServing([folder.path]);
  await using _ = program;
  using client = await connect(port);
  const big = await get(client, "/big.txt", "Accept-Encoding: gzip");
  assertEquals(big.field("content-encoding"), "gzip");
});

Deno.test("the environment says how too, and means nothing without a folder", async () => {
  await using folder = await TempFolder.make({ "home.html": "<p>home" });
  const env = { RAWSERVE_INDEX: "home.html", RAWSERVE_LISTING: "off" };
  const { program, port } = await startServing([folder.path], { env });
  await using _ = program;
  using client = await connect(port);
  assertEquals((await get(client, "/")).text(), "<p>home");
  const { program: site } = await startServing([], { env });
  await using __ = site;
  assertMatch(site.stderr, / serves its embedded page at /);
});

Deno.test("what is there and not served is told once, on stderr, also while --log none", async () => {
  await using folder = await TempFolder.make({ ".env": "secret" });
  const { program, port } = await startServing([folder.path, "--log", "none"]);
  await using _ = program;
  using client = await connect(port);
  for (let i = 0; i < 3; i++) assertEquals((await get(client, "/.env")).status, 404);
  assertEquals((await get(client, "/%2eenv?q")).status, 404);
  await program.waitForLine(/%2eenv/, { from: "stderr" });
  assertEquals(program.stderr.split("\n").slice(1), [
    "Not served: /.env: a name begins with a dot (see --dotfiles)",
    "Not served: /%2eenv: a name begins with a dot (see --dotfiles)",
  ]);
  assertEquals(program.stdout, "");
});

Deno.test({
  name: "links that lead out are told of, with --follow-symlinks they are served",
  ignore: ignoreOnWindows,
  fn: async () => {
    await using folder = await TempFolder.make({ "in/a": "a", "out/b": "b" });
    await Deno.symlink("../out/b", `${folder.path}/in/link`);
    const { program, port } = await startServing([`${folder.path}/in`]);
    await using _ = program;
    using client = await connect(port);
    assertEquals((await get(client, "/link")).status, 404);
    await program.waitForLine(/^Not served: \/link: .*--follow-symlinks/, { from: "stderr" });
    const { program: other, port: otherPort } = await startServing([
      `${folder.path}/in`,
      "--follow-symlinks",
    ]);
    await using __ = other;
    using otherClient = await connect(otherPort);
    assertEquals((await get(otherClient, "/link")).text(), "b");
  },
});

Deno.test("--auth lets in who knows the password, refusals have --header, and preflights need none", async () => {
  await using folder = await TempFolder.make({ "a.txt": "a" });
  const { program, port } = await startServing([
    folder.path,
    ...["--auth", `ann:${hashPassword("s3cret")}`, "--cors", "-H", "X-A: 1"],
  ]);
  await using _ = program;
  using client = await connect(port);
  const right = `Authorization: Basic ${btoa("ann:s3cret")}`;
  const refused = await get(client, "/a.txt", `Authorization: Basic ${btoa("ann:wrong")}`);
  assertEquals(
    [refused.status, refused.field("x-a"), refused.field("access-control-allow-origin")],
    [401, "1", "*"],
  );
  assertMatch(refused.field("www-authenticate") ?? "", /^Basic realm=/);
  assertEquals((await get(client, "/a.txt")).status, 401);
  assertEquals((await get(client, "/a.txt", right)).text(), "a");
  const preflight = "OPTIONS /a.txt HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\n";
  await client.send(`${preflight}Access-Control-Request-Method: GET\r\n\r\n`);
  assertEquals((await client.readResponse()).status, 204);
  await client.send(`${preflight}\r\n`);
  assertEquals((await client.readResponse()).status, 401);
  // On the loopback nobody listens in.
  assertEquals(program.stderr.split("\n").length, 1);
});

Deno.test("--auth without https warns where others can listen in", async () => {
  const credentials = `ann:${hashPassword("s3cret")}`;
  const warning = /^Names and passwords cross the network unencrypted: give --tls-cert/;
  const { program } = await startServing(["--lan", "--auth", credentials]);
  await using _ = program;
  await program.waitForLine(warning, { from: "stderr" });
  await using twice = start(["--auth", credentials, "--auth", credentials]);
  assertEquals((await twice.waitForEnd()).code, 2);
  assertMatch(twice.stderr, /^Cannot use --auth twice/);
});

Deno.test("what cannot be served is one line, and exit status 2", async () => {
  await using folder = await TempFolder.make({ "a.txt": "a" });
  const missing = "there is no such folder or file";
  const cases: [args: string[], message: string][] = [
    [["./publik"], `Cannot serve ./publik: ${missing}`],
    [[""], `Cannot serve "": ${missing}`],
    [["no\x1b[31m"], `Cannot serve no\\x1B[31m: ${missing}`],
    [[`${folder.path}/a.txt/b`], `Cannot serve ${folder.path}/a.txt/b: ${missing}`],
    [
      [`${folder.path}/a.txt`, "--spa", "--index=b", "--compress=on"],
      `Cannot use --index and --spa with ${folder.path}/a.txt: it is a file, not a folder`,
    ],
  ];
  if (Deno.build.os !== "windows") {
    cases.push([["/dev/null"], "Cannot serve /dev/null: it is neither a folder nor a file"]);
  }
  for (const [args, message] of cases) {
    await using program = start(["--port", "0", ...args]);
    assertEquals((await program.waitForEnd()).code, 2, message);
    assertEquals([program.stdout, program.stderr], ["", message]);
  }
});

const isSuperuser = Deno.build.os !== "windows" && Deno.uid() === 0;

Deno.test({
  name: "a folder and a file that may not be read are one line, and exit status 1",
  ignore: ignoreOnWindows || isSuperuser,
  fn: async () => {
    await using folder = await TempFolder.make({ "in/a.txt": "a" });
    for (const path of [`${folder.path}/in/a.txt`, `${folder.path}/in`]) {
      await Deno.chmod(path, 0);
      await using program = start(["--port", "0", path]);
      assertEquals((await program.waitForEnd()).code, 1);
      assertEquals(program.stderr, `Cannot serve ${path}: permission is denied`);
    }
    await Deno.chmod(`${folder.path}/in`, 0o700);
  },
});

Deno.test({
  name: "SIGTERM in the middle of a download lets it finish, and ends with 0",
  ignore: ignoreOnWindows,
  fn: async () => {
    const content = new Uint8Array(20_000_000).map((_, i) => i >> 8);
    await using folder = await TempFolder.make({ "small": "s", "big.bin": content });
    const { program, port } = await startServing([folder.path]);
    await using _ = program;
    using client = await connect(port);
    // In one packet, so that the second is in flight when the first answer is there.
    await client.send(
      "GET /small HTTP/1.1\r\nHost: a\r\n\r\nGET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    await client.readResponse();
    program.signal("SIGTERM");
    await program.waitForLine(/^Finishing 1 connection /, { from: "stderr" });
    const response = await client.readResponse();
    assertEquals(response.content.length, content.length);
    assertEquals(response.content.every((octet, i) => octet === content[i]), true);
    assertEquals((await program.waitForEnd()).code, 0);
  },
});
