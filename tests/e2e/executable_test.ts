// The executable as it is given away: alone, on a machine that has nothing of ours. When it is tested,
// and where it is not, is told in executable.ts.

import { VERSION } from "../../lib/cli/start_line.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../deps.ts";
import type { Program } from "../support/program.ts";
import { connect, type RawClient } from "../support/raw_client.ts";
import { siteFile, withTempDir } from "./client_program.ts";
import { Executable, NO_CHROOT, NOT_COMPILED } from "./executable.ts";

const ROOT = new URL("../../", import.meta.url);
const PICTURE = siteFile("test.jpg");
const SERVED = [
  ["/", "index.html", 200],
  ["/index.html", "index.html", 200],
  ["/test.jpg", "test.jpg", 200],
  ["/favicon.svg", "favicon.svg", 200],
  ["/favicon.ico", "favicon.ico", 200],
  ["/README.md", "404.html", 404],
] as const;
/** More than sockets hold: whoever asks for that many pictures and reads none has a download in flight. */
const MANY = 300;
const FINISHING = /^Finishing 1 connection within 3600 seconds; a second signal stops at once$/;
const windows = Deno.build.os === "windows";

let compiled: Promise<Executable> | null = null;

Deno.test.afterAll(async () => {
  if (compiled === null) return;
  const [{ value } = {}] = await Promise.allSettled([compiled]) as { value?: Executable }[];
  await value?.[Symbol.asyncDispose]();
});

/** A test of the executable, which the first one makes; `directory` is empty. */
function testExecutable(
  name: string,
  use: (executable: Executable, directory: string) => Promise<void>,
  options: { ignored?: string } = {},
): void {
  const reason = options.ignored ?? NOT_COMPILED;
  Deno.test({
    name: name + (reason && ` (ignored: ${reason})`),
    ignore: reason !== "",
    fn: () =>
      withTempDir(async (directory) => use(await (compiled ??= Executable.compile()), directory)),
  });
}

const ignored = NOT_COMPILED || (windows ? "Windows has no such signals" : "");

testExecutable(
  "the executable needs no environment, and leaves nothing where it runs",
  async (executable, directory) => {
    await using version = executable.start(["--version"], { cwd: directory });
    await using help = executable.start(["--help"], { cwd: directory });
    await using wrong = executable.start(["--prot"], { cwd: directory });
    const codes = [version, help, wrong].map(async (program) => (await program.waitForEnd()).code);
    assertEquals(await Promise.all(codes), [0, 0, 2]);
    assertEquals([version.stdout, version.stderr], [`rawserve ${VERSION}`, ""]);
    assertMatch(help.stdout, /^Usage: rawserve .*\n/);
    assertEquals(wrong.stderr, "Unknown option --prot (did you mean --port?)");
    await using program = executable.start(["--port", "0"], {
      cwd: directory,
      env: homes(directory),
    });
    const port = await portOf(program);
    assertEquals(
      program.stderr,
      `rawserve ${VERSION} serves its embedded page at http://127.0.0.1:${port}/`,
    );
    await assertServes(port);
    await program.waitForLine(
      /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/test\.jpg HTTP\/1\.1" 200 \d+ "-" "-"$/,
      { from: "stdout" },
    );
    if (!windows) {
      program.signal("SIGTERM");
      assertEquals((await program.waitForEnd()).code, 0);
      assertEquals(program.stdout.split("\n").length, SERVED.length);
    }
    assertEquals([...Deno.readDirSync(directory)], []);
  },
);

testExecutable(
  "SIGTERM ends the executable with 0 while a connection is idle",
  async (executable, cwd) => {
    await using program = executable.start(["--port", "0", "--grace", "3600"], { cwd });
    const port = await portOf(program);
    using client = await connect(port);
    assertEquals((await get(client, "/")).status, 200);
    program.signal("SIGTERM");
    assertEquals(await client.readAllText(), "");
    assertEquals((await program.waitForEnd()).code, 0);
    await assertRejects(() => connect(port), Deno.errors.ConnectionRefused);
  },
  { ignored },
);

testExecutable("a download in flight at SIGTERM arrives byte for byte", async (executable, cwd) => {
  await using program = executable.start(["--port", "0", "--grace", "3600"], { cwd });
  using client = await connect(await portOf(program));
  await client.send(request("/test.jpg").repeat(MANY));
  assertEquals((await client.readResponse()).content, PICTURE);
  program.signal("SIGTERM");
  await program.waitForLine(FINISHING, { from: "stderr" });
  // The answer that is being sent is finished, and the last one says that it is (RFC 9112 9.6).
  for (let count = 2;; count++) {
    assert(count < MANY, "The server goes on as if nothing had been said");
    const response = await client.readResponse();
    assertEquals(response.content, PICTURE);
    if (response.field("connection") === "close") break;
  }
  assertEquals(await client.readAllText(), "");
  client.close();
  assertEquals((await program.waitForEnd()).code, 0);
}, { ignored });

testExecutable("a second SIGTERM stops the executable at once, with 1", async (executable, cwd) => {
  await using program = executable.start(["--port", "0", "--grace", "3600"], { cwd });
  using client = await connect(await portOf(program));
  await client.send(request("/test.jpg").repeat(MANY));
  await client.readResponse();
  program.signal("SIGTERM");
  await program.waitForLine(FINISHING, { from: "stderr" });
  program.signal("SIGTERM");
  assertEquals((await program.waitForEnd()).code, 1);
}, { ignored });

testExecutable(
  "the executable runs an app with what lies beside it, and says what it cannot run",
  async (executable, cwd) => {
    await Deno.writeTextFile(`${cwd}/said.js`, 'export const said = "beside";');
    await Deno.writeTextFile(
      `${cwd}/app.js`,
      'import { said } from "./said.js";\n' +
        "export default { fetch: (request) => new Response(said + new URL(request.url).pathname) };",
    );
    await Deno.writeTextFile(
      `${cwd}/app.ts`,
      "export default { fetch: (request: Request): Response => new Response(request.url) };",
    );
    await using program = executable.start(["--port", "0", "app.js"], { cwd });
    using client = await connect(await portOf(program));
    assertEquals((await get(client, "/x")).text(), "beside/x");
    await using typed = executable.start(["--port", "0", "app.ts"], { cwd });
    assertEquals((await typed.waitForEnd()).code, 1);
    assertMatch(
      typed.stderr,
      /^Cannot run app\.ts: .* \(\S+app\.ts:1:\d+\); this executable runs JavaScript/,
    );
  },
);

testExecutable(
  "the executable finds an app's packages in node_modules, and says what is missing there or not allowed",
  async (executable, cwd) => {
    const files = {
      "node_modules/said/package.json": '{"name":"said","type":"module","exports":"./said.js"}',
      "node_modules/said/said.js": 'export const said = "packed";',
      "app.js": 'import { said } from "said";\nexport default () => new Response(said);',
      "missing.js": 'import "other";',
      "prefixed.js": 'import "npm:other";',
      "remote.js": 'import "https://example.com/mod.js";',
      "curious.js": 'Deno.env.get("HOME");',
    };
    await Deno.mkdir(`${cwd}/node_modules/said`, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${cwd}/${name}`, text);
    }
    await using program = executable.start(["--port", "0", "app.js"], { cwd });
    using client = await connect(await portOf(program));
    assertEquals((await get(client, "/")).text(), "packed");
    for (
      const [name, says] of [
        ["missing.js", /there is no package other.*; install it beside the app, with npm$/],
        ["prefixed.js", /there is no package other.*; install it beside the app, with npm$/],
        ["remote.js", /this executable fetches no modules: make one file of them \(deno bundle\)$/],
        [
          "curious.js",
          /Requires env access to "HOME", give it --grant env \(\S+curious\.js:1:10\)$/,
        ],
      ] as const
    ) {
      await using failing = executable.start(["--port", "0", name], { cwd });
      assertEquals((await failing.waitForEnd()).code, 1);
      assertMatch(failing.stderr, says);
    }
  },
);

testExecutable(
  "the executable has the permissions of deno task start, and no others",
  async (executable) => {
    const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
    const wanted: Record<string, unknown> = {
      prompt: !tasks.start.command.includes("--no-prompt"),
    };
    for (const [, name, values] of tasks.start.command.matchAll(/--allow-(\w+)(?:=(\S+))?/g)) {
      wanted[`allow_${name}`] = values?.split(",") ?? [];
    }
    const { permissions } = await metadataOf(executable);
    const held = Object.entries(permissions).filter(([name, value]) =>
      // Importing is what Deno allows by default from some hosts; nothing here does, and it is given up.
      value !== null && name !== "allow_import"
    );
    assertEquals(Object.fromEntries(held), wanted);
  },
);

testExecutable(
  "those permissions are enough: variables, interfaces, Unix sockets, the browser",
  async (executable, directory) => {
    const opener = `#!/bin/sh\necho "$1" > ${directory}/opened\nexit 3\n`;
    await Deno.writeTextFile(`${directory}/xdg-open`, opener, { mode: 0o755 });
    const env = { RAWSERVE_PORT: "0", RAWSERVE_LAN: "1", PATH: directory };
    await using lan = executable.start(["--open"], { cwd: directory, env });
    await assertServes(await portOf(lan));
    if (Deno.build.os === "linux") {
      await lan.waitForLine(/^Cannot open the browser with xdg-open: it ended with 3$/);
      assertMatch(
        await Deno.readTextFile(`${directory}/opened`),
        /^http:\/\/127\.0\.0\.1:\d+\/\n$/,
      );
    }
    const path = `${directory}/web.sock`;
    await using unix = executable.start(["--listen", `unix:${path}`], { cwd: directory });
    await unix.waitForLine(/ at unix:/, { from: "stderr" });
    using client = await connect({ path });
    assertEquals((await get(client, "/test.jpg")).content, PICTURE);
    unix.signal("SIGTERM");
    assertEquals((await unix.waitForEnd()).code, 0);
    await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
  },
  { ignored },
);

testExecutable(
  "the executable holds what it serves, and not how that was made",
  async (executable) => {
    const appendix = toLatin1(await executable.readAppendix());
    const names = [...Deno.readDirSync(new URL("static/", ROOT))].map(({ name }) => name);
    const held = names.filter((name) => appendix.includes(toLatin1(siteFile(name))));
    const served = names.filter((name) => !/\.(?:ts|md)$/.test(name));
    assertEquals(held.sort(), served.sort());
    assert(names.length > served.length, "Nothing was left out");
    assertEquals(/"n":"[^"]*(?:_test\.ts|README\.md|make_\w+\.ts)"/.exec(appendix), null);
  },
);

for (const [who, user] of [["root", 0], ["nobody", 65534]] as const) {
  testExecutable(
    `${who} can serve from a chroot: the executable, the C library, and a link for /proc`,
    async (executable) => {
      const chroot = await (chroots ??= executable.makeChroot());
      const before = chroot.list();
      assert(before.length < 15, `The chroot holds ${before.join(" ")}`);
      await using program = chroot.start(["--port", "0"], { user });
      const port = await portOf(program);
      await assertServes(port);
      program.signal("SIGTERM");
      assertEquals((await program.waitForEnd()).code, 0);
      assertEquals(chroot.list(), before);
    },
    { ignored: NO_CHROOT },
  );
}

let chroots: ReturnType<Executable["makeChroot"]> | null = null;

/** Where programs like to leave things. */
function homes(directory: string): Record<string, string> {
  return { HOME: directory, TMPDIR: directory, XDG_CACHE_HOME: directory };
}

async function portOf(program: Program): Promise<number> {
  const [, port] = await program.waitForLine(/ at http:\/\/127\.0\.0\.1:(\d+)\/$/, {
    from: "stderr",
  });
  return Number(port);
}

/** Everything that is served is, byte for byte, on one connection. */
async function assertServes(port: number): Promise<void> {
  using client = await connect(port);
  for (const [path, name, status] of SERVED) {
    const response = await get(client, path);
    assertEquals(response.status, status, path);
    assertEquals(response.content, siteFile(name), path);
  }
}

async function get(client: RawClient, path: string) {
  await client.send(request(path));
  return await client.readResponse();
}

function request(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}

async function metadataOf(executable: Executable) {
  const appendix = await executable.readAppendix();
  // "d3n0l4nd", a length of eight octets, and as much JSON.
  const length = Number(
    new DataView(appendix.buffer, appendix.byteOffset + 8).getBigUint64(0, true),
  );
  return JSON.parse(new TextDecoder().decode(appendix.subarray(16, 16 + length)));
}

function toLatin1(octets: Uint8Array): string {
  return new TextDecoder("latin1").decode(octets);
}
