// What the program shows of its apps' failures: with --dev all of it, in the browser and on the terminal, and
// without it nothing.

import { assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "../deps.ts";
import { findPython } from "../handlers/gateway/wsgi_app.ts";
import { connect, type RawResponse } from "../support/raw_client.ts";
import { start, startServing } from "./started_program.ts";
import { TempFolder } from "./temp_folder.ts";

const python = findPython();
const noPython = python === null ? " (ignored: python3 is not installed)" : "";
const APP = `export default {
  fetch(request: Request): Response {
    if (request.url.endsWith("/fine")) return new Response("fine");
    throw new Error("It broke", { cause: new RangeError("because") });
  },
};
`;
const PYTHON_APP = `def app(environ, start_response):
    raise KeyError("it broke")
`;
const PAGE = "Accept: text/html";

async function get(port: number, path: string, ...fields: string[]): Promise<RawResponse> {
  using client = await connect(port);
  await client.send([`GET ${path} HTTP/1.1`, "Host: localhost", ...fields, "", ""].join("\r\n"));
  return await client.readResponse();
}

Deno.test("with --dev a failure is a page, and stands on the terminal once, causes and all", async () => {
  await using folder = await TempFolder.make({ "app.ts": APP });
  const { program, port } = await startServing(["--dev", `${folder.path}/app.ts`]);
  await using _ = program;
  const response = await get(port, "/x", PAGE);
  assertEquals(response.status, 500);
  assertStringIncludes(response.text(), "<h1>Error</h1>");
  assertMatch(response.text(), /<mark><i>4<\/i> +throw new Error\(/);
  assertEquals((await get(port, "/fine")).text(), "fine");
  await program.waitForLine(/"GET \/fine /, { from: "stdout" });
  await program.waitForLine(/RangeError: because/, { from: "stderr" });
  assertEquals(program.stderr.match(/Cannot answer GET \/x: Error: It broke/g)?.length, 1);
});

Deno.test("without --dev nobody but the terminal learns anything", async () => {
  await using folder = await TempFolder.make({ "app.ts": APP });
  const { program, port } = await startServing([`${folder.path}/app.ts`]);
  await using _ = program;
  const response = await get(port, "/x", PAGE);
  assertEquals(
    [response.status, response.text()],
    [500, "500 Internal Server Error\nThe server failed to answer this request\n"],
  );
  await program.waitForLine(/Cannot answer GET \/x: Error: It broke/, { from: "stderr" });
});

Deno.test("with --dev an app that cannot be loaded is a page, too; without it the end", async () => {
  await using folder = await TempFolder.make({ "app.ts": "const a: number = ;\n" });
  const { program, port } = await startServing(["--dev", `${folder.path}/app.ts`]);
  await using _ = program;
  const text = (await get(port, "/", PAGE)).text();
  assertStringIncludes(text, "The app cannot be loaded");
  assertMatch(text, /<mark><i>1<\/i> const a: number = ;/);
  await program.waitForLine(/Cannot run \S+app\.ts: .*app\.ts:1:19\)$/, { from: "stderr" });
  await using other = start(["--port", "0", `${folder.path}/app.ts`]);
  assertEquals((await other.waitForEnd()).code, 1);
});

Deno.test("with --dev an app without an app in it says what has to be exported", async () => {
  await using folder = await TempFolder.make({ "app.ts": "export const a = 1;\n" });
  const { program, port } = await startServing(["--dev", `${folder.path}/app.ts`]);
  await using _ = program;
  assertMatch((await get(port, "/")).text(), /^Error: Cannot run \S+: it has no default export/);
});

Deno.test({
  name: `the same for Python: a page with --dev, and nothing without${noPython}`,
  ignore: python === null,
  async fn() {
    await using folder = await TempFolder.make({ "broken.py": PYTHON_APP });
    const args = ["--chdir", folder.path, "--python", python!, "broken:app"];
    {
      const { program, port } = await startServing(["--dev", ...args]);
      await using _ = program;
      const text = (await get(port, "/", PAGE)).text();
      assertStringIncludes(text, "<h1>KeyError</h1>");
      assertMatch(text, /<mark><i>2<\/i> +raise KeyError\(/);
      await program.waitForLine(/^\[\/\] KeyError: 'it broke'$/, { from: "stderr" });
      assertEquals(program.stderr.match(/Traceback/g)?.length, 1);
    }
    const { program, port } = await startServing(args);
    await using _ = program;
    const response = await get(port, "/", PAGE);
    assertEquals(response.status, 500);
    assertNotMatch(response.text(), /KeyError|broken/);
  },
});

Deno.test({
  name: `with --dev a Python app that does not start is a page${noPython}`,
  ignore: python === null,
  async fn() {
    await using folder = await TempFolder.make({ "broken.py": "import json\n\njson.nothing\n" });
    const { program, port } = await startServing(
      ["--dev", "--chdir", folder.path, "--python", python!, "broken:app"],
    );
    await using _ = program;
    const text = (await get(port, "/", PAGE)).text();
    assertStringIncludes(text, "<h1>AttributeError</h1>");
    assertMatch(text, /<mark><i>3<\/i> json\.nothing/);
    await program.waitForLine(/^Cannot run broken:app: AttributeError: /, { from: "stderr" });
  },
});
