// The program with apps: TypeScript, Python, scripts, side by side; what it says, what it lets them do.

import { VERSION } from "../../lib/cli/start_line.ts";
import { hashPassword } from "../../lib/handlers/credentials.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../deps.ts";
import { connect, type RawClient, type RawResponse } from "../support/raw_client.ts";
import { start, startServing } from "./started_program.ts";
import { TempFolder } from "./temp_folder.ts";

const APPS = new URL("../apps/", import.meta.url).pathname;
const noPython = await findMissing("python3");
const ignore = Deno.build.os === "windows" || noPython;

async function findMissing(command: string): Promise<boolean> {
  try {
    await new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" })
      .output();
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

async function ask(client: RawClient, request: string, content = ""): Promise<RawResponse> {
  const [line = "", ...fields] = request.split("\n");
  const length = content === "" ? [] : [`Content-Length: ${content.length}`];
  const head = [`${line} HTTP/1.1`, "Host: a.example", ...fields, ...length, "", ""];
  await client.send(head.join("\r\n") + content);
  return await client.readResponse();
}

Deno.test("rawserve app.ts runs the app, and says so", async () => {
  const { program, port } = await startServing([`${APPS}hello.ts`]);
  await using _ = program;
  assertEquals(
    program.stderr,
    `rawserve ${VERSION} serves ${APPS}hello.ts at http://127.0.0.1:${port}/`,
  );
  using client = await connect(port);
  assertEquals((await ask(client, "GET /x")).text(), "Hello World!\n");
  program.signal("SIGTERM");
  assertEquals((await program.waitForEnd()).code, 0);
});

Deno.test("what is not granted an app does not get, not even while it is loaded", async () => {
  const start = (...args: string[]) => startServing([`${APPS}permissions.ts`, ...args]);
  for (
    const [args, granted] of [
      [[], "net read"],
      [["--grant", "env"], "net read env"],
      [["--grant=write,run", "--grant", "env"], "net read write run env"],
    ] as const
  ) {
    const { program, port } = await start(...args);
    await using _ = program;
    using client = await connect(port);
    assertEquals((await ask(client, "GET /")).text(), granted);
    assertEquals((await ask(client, "GET /loading")).text(), granted);
  }
});

Deno.test("a variable that grants something grants nothing where no app is", async () => {
  const { program, port } = await startServing([APPS], {
    withHandler: true,
    env: { RAWSERVE_GRANT: "env,run,write" },
  });
  await using _ = program;
  using client = await connect(port);
  assertEquals((await ask(client, "GET /permissions")).text(), "net read");
});

Deno.test("an app that cannot be run is one line, and exit code 1", async () => {
  await using folder = await TempFolder.make({
    "broken.js": "export default {",
    "empty.js": "",
  });
  for (
    const [name, says] of [
      ["broken.js", /^Cannot run \S+broken\.js: .* \(\S+broken\.js:\d+:\d+\)$/],
      ["empty.js", /^Cannot run \S+empty\.js: it has no default export \(export default \{.*\}\)$/],
    ] as const
  ) {
    await using program = start(["--port", "0", `${folder.path}/${name}`]);
    assertEquals((await program.waitForEnd()).code, 1);
    assertMatch(program.stderr, says);
  }
});

Deno.test("packages come from node_modules, or by the app's own configuration, if Deno is told so", async () => {
  await using folder = await TempFolder.make({
    "app.js": 'import { said } from "said";\nexport default () => new Response(said);',
    "node_modules/said/package.json": '{"name":"said","type":"module","exports":"./said.js"}',
    "node_modules/said/said.js": 'export const said = "a package";',
    "deno.json": '{"imports":{"said":"./other.js"}}',
    "other.js": 'export const said = "a neighbour";',
  });
  for (
    const [flag, text] of [
      ["--node-modules-dir=manual", "a package"],
      [`--config=${folder.path}/deno.json`, "a neighbour"],
    ] as const
  ) {
    const { program, port } = await startServing([`${folder.path}/app.js`], { flags: [flag] });
    await using _ = program;
    using client = await connect(port);
    assertEquals((await ask(client, "GET /")).text(), text);
  }
});

Deno.test("a failing app is a 500 with a note, work behind an answer ends before the server", async () => {
  await using folder = await TempFolder.make({
    "app.js": `export default { fetch(request, info) {
      if (request.url.endsWith("/fail")) throw new Error("told");
      info.waitUntil(new Promise((resolve) => setTimeout(resolve, 300)).then(() => console.log("worked")));
      return new Response("done");
    } };`,
  });
  const { program, port } = await startServing([`${folder.path}/app.js`]);
  await using _ = program;
  using client = await connect(port);
  assertEquals((await ask(client, "GET /fail")).status, 500);
  await program.waitForLine(/Cannot answer GET \/fail: Error: told/, { from: "stderr" });
  assertEquals((await ask(client, "GET /")).text(), "done");
  program.signal("SIGTERM");
  assertEquals((await program.waitForEnd()).code, 0);
  assertStringIncludes(program.stdout, "worked");
});

Deno.test({
  name: "a folder, apps of both languages and scripts stand side by side, in one log",
  ignore,
  fn: async () => {
    await using folder = await TempFolder.make({
      "site/a.txt": "file",
      "site/cgi-bin/hello":
        '#!/bin/sh\necho "Content-Type: text/plain"\necho\nprintf "%s" "$PATH_INFO"\n',
      "wapp.py": "def app(environ, start_response):\n" +
        "    print('from python')\n" +
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n" +
        "    return [(environ['SCRIPT_NAME'] + ' ' + environ['PATH_INFO']).encode()]\n",
      "behind.js":
        'export default (request) => new Response("behind " + new URL(request.url).pathname);',
    });
    await Deno.chmod(`${folder.path}/site/cgi-bin/hello`, 0o755);
    const { program, port } = await startServing([
      `${folder.path}/site`,
      "--cgi",
      "--chdir",
      folder.path,
      "--mount=/py=wapp:app",
      `--mount=/ts=${APPS}pages.ts`,
      `--mount=/docs=${folder.path}/site`,
      "--fallback",
      `${folder.path}/behind.js`,
    ]);
    await using _ = program;
    using client = await connect(port);
    const answers: [path: string, status: number, text: string | RegExp][] = [
      ["/a.txt", 200, "file"],
      ["/cgi-bin/hello/x%20y", 200, "/x y"],
      ["/cgi-bin/none", 404, /404/],
      ["/py/a/b", 200, "/py /a/b"],
      ["/ts/login", 200, /Login/],
      ["/ts/none", 404, /nothing here/],
      ["/docs/a.txt", 200, "file"],
      ["/docs", 301, /slash/],
      ["/docs/cgi-bin", 301, /slash/],
      ["/none/at/all", 200, "behind /none/at/all"],
    ];
    for (const [path, status, text] of answers) {
      const response = await ask(client, `GET ${path}`);
      assertEquals(response.status, status, path);
      if (typeof text === "string") assertEquals(response.text(), text, path);
      else assertMatch(response.text(), text, path);
    }
    assertEquals((await ask(client, "GET /docs/cgi-bin")).field("location"), "/docs/cgi-bin/");
    assertEquals((await ask(client, "POST /other", "x")).text(), "behind /other");
    await program.waitForLine(/^\[\/py\] .*from python/, { from: "stderr" });
    const tags = [["/a.txt", "/"], ["/cgi-bin/hello/x%20y", "/cgi-bin"], ["/py/a/b", "/py"]];
    for (const [path, tag] of tags) {
      await program.waitForLine(new RegExp(`"GET ${path} HTTP/1.1" 200 .* "-" "-" "${tag}"$`));
    }
    program.signal("SIGTERM");
    assertEquals((await program.waitForEnd()).code, 0);
  },
});

Deno.test({
  name: "scripts and Python apps learn who was let in, and not the password (RFC 3875 4.1.11)",
  ignore,
  fn: async () => {
    await using folder = await TempFolder.make({
      "cgi/env": "#!/bin/sh\necho 'Content-Type: text/plain'\necho\nenv\n",
      "cgi/there": "#!/bin/sh\necho 'Location: /cgi-bin/env'\necho\n",
      "wapp.py": "def app(environ, start_response):\n" +
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n" +
        "    return [f'{key}={environ[key]}\\n'.encode('latin-1') for key in environ]\n",
    });
    for (const name of ["env", "there"]) await Deno.chmod(`${folder.path}/cgi/${name}`, 0o755);
    const { program, port } = await startServing([
      ...["--auth", `j\u00fcrgen:${hashPassword("s3cret")}`, "--chdir", folder.path],
      ...[`--cgi=/cgi-bin=${folder.path}/cgi`, "--mount=/py=wapp:app"],
    ]);
    await using _ = program;
    using client = await connect(port);
    const credentials = new TextEncoder().encode("j\u00fcrgen:s3cret").toBase64();
    for (const path of ["/cgi-bin/env", "/cgi-bin/there", "/py/x"]) {
      assertEquals((await ask(client, `GET ${path}`)).status, 401);
      const fields = `Authorization: Basic ${credentials}\nRemote-User: eve`;
      const told = (await ask(client, `GET ${path}\n${fields}`)).text();
      assertMatch(told, /^AUTH_TYPE=Basic$/m, path);
      assertMatch(told, /^REMOTE_USER=j\u00fcrgen$/m, path);
      assertEquals(
        /HTTP_AUTHORIZATION|s3cret/.test(told) || told.includes(credentials),
        false,
        path,
      );
    }
  },
});

Deno.test({
  name: "a Python app that cannot be imported is one line, and exit code 1",
  ignore,
  fn: async () => {
    await using folder = await TempFolder.make({ "wapp.py": "import nothing_of_that_name\n" });
    const args = ["--port", "0", "--chdir", folder.path, "wapp:app"];
    await using program = start(args);
    assertEquals((await program.waitForEnd()).code, 1);
    assertMatch(program.stderr, /^Cannot run wapp:app: .*nothing_of_that_name/m);
  },
});

Deno.test("a name that might be a Python app's says how to name it", async () => {
  await using program = start(["--port", "0", "no_such_app"]);
  assertEquals((await program.waitForEnd()).code, 2);
  assertEquals(program.stderr, "Cannot serve no_such_app: there is no such folder or file");
});
