// What a Python app raised, as the page shows it: from a real worker, and from reports that are none.

import { FRAME_LIMIT, LINES_AROUND, MESSAGE_LIMIT } from "../../../lib/handlers/dev/app_failure.ts";
import { toPythonFailure } from "../../../lib/handlers/dev/python_failure.ts";
import { startWsgi } from "../../../lib/handlers/gateway/wsgi.ts";
import { WsgiStartError } from "../../../lib/handlers/gateway/wsgi_start_error.ts";
import { TempFolder } from "../../cli/temp_folder.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../../deps.ts";
import { findPython, PYTHON, pythonTest, type RunningApp, startApp } from "../gateway/wsgi_app.ts";
import { getWith } from "../../support/request.ts";
import { PAGE, page, STATIC } from "./shown_app.ts";

const APP = new URL("failing_app.py", import.meta.url).pathname;
const DIRECTORY = new URL(".", import.meta.url).pathname;
const SAID = { when: "answering", message: "It failed" } as const;

/** Reports of the worker that the page was made of. */
const reports: string[] = [];
const onFailure = (report: string, request: Parameters<typeof page.answer>[1]) => {
  reports.push(report);
  return page.answer(toPythonFailure(report, SAID), request);
};

function failureTest(name: string, run: (app: RunningApp) => Promise<void>): void {
  pythonTest(name, async () => {
    reports.length = 0;
    await using app = await startApp("failing_app:app", { directory: DIRECTORY, onFailure });
    await run(app);
  });
}

/** The line of the app's source that holds `text`, from 1. */
function lineOf(text: string): number {
  const lines = Deno.readTextFileSync(APP).split("\n");
  return lines.findIndex((line) => line.includes(text)) + 1;
}

failureTest("an exception becomes the page, its traceback goes to the log once", async (app) => {
  const response = await app.ask("/cause", { fields: [PAGE] });
  assertEquals([response.status, response.field("content-type"), response.field("cache-control")], [
    500,
    "text/html; charset=utf-8",
    "no-store",
  ]);
  const text = response.text();
  assertStringIncludes(text, "<h1>failing_app.Missing</h1>");
  assertStringIncludes(text, `<pre class="message">There is no visitor &lt;bob&gt;</pre>`);
  assertStringIncludes(text, "<small>Caused by</small> KeyError");
  const line = lineOf("raise Missing");
  assertMatch(text, new RegExp(`<mark><i>${line}</i> +raise Missing\\(`));
  assertMatch(text, new RegExp(`<li class="own">\\n<p><code>[^<]*/<b>failing_app.py:${line}\\b`));
  assertStringIncludes(text, "GET http://a.test:81/cause");
  assertMatch(text, /rawserve\/test, Python 3\.\d+\.\d+/);
  assertEquals(app.log.match(/^Traceback/gm)?.length, 2);
  assertEquals(app.log.match(/^failing_app\.Missing: /gm)?.length, 1);
  assertEquals(app.server.handlerErrors, []);
});

failureTest("the same is told as text to whoever wants none of pages", async (app) => {
  const text = await app.get("/context");
  assertMatch(text, /^IndexError: list index out of range\n {4}at raise_while_handling \(/);
  const line = lineOf('int("five")');
  assertMatch(
    text,
    new RegExp(`\nWhile handling: ValueError: .*\n {4}at raise_while_handling .*py:${line}\\b`),
  );
  assertStringIncludes(text, '\n        int("five")\n');
});

const failures: [path: string, heading: RegExp][] = [
  ["/late", /^RuntimeError: Before the first piece\n/],
  ["/recursion", /^RecursionError: maximum recursion depth exceeded/],
  ["/unsayable", /^failing_app\.Unsayable: \(its message cannot be shown\)\n/],
  ["/exit", /^SystemExit: 3\n/],
  ["/text", /^TypeError: A WSGI app gives bytes/],
  ["/head", /^ValueError: No field can have the name 'Bad Name'\n/],
  ["/long", /^ValueError: [^\n]*/],
  ["/source", /^SyntaxError: /],
];
failureTest("failures of every kind are told, and the worker goes on", async (app) => {
  for (const [path, heading] of failures) {
    const response = await app.ask(path);
    assertEquals(response.status, 500, path);
    assertMatch(response.text(), heading, path);
    assertNotMatch(response.text(), /[^\P{Cc}\n\t]/u, path);
    assert(response.content.length < 200_000, path);
  }
  assertEquals(reports.length, failures.length);
  assertEquals(await app.get("/fine"), "fine");
  const told = toPythonFailure(reports[1]!, SAID).errors[0]!;
  assertEquals(told.frames.length, FRAME_LIMIT);
  const pids = new Set(app.lines.map(({ context }) => context.pid));
  assertEquals(pids.size, 1);
});

failureTest(
  "frames of the standard library are not the app's; source stands around",
  async (app) => {
    await app.get("/library");
    const { frames } = toPythonFailure(reports[0]!, SAID).errors[0]!;
    const own = frames.filter(({ isOwn }) => isOwn);
    assertEquals(own.map(({ file }) => file), [APP, APP]);
    assertEquals(own[0]!.source.length, 2 * LINES_AROUND + 1);
    assertMatch(frames.map(({ file }) => file)[0]!, /json\/decoder\.py$/);
  },
);

failureTest("what fails in the middle of an answer is cut, and has no page", async (app) => {
  using client = await app.connect();
  await client.send("GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n");
  let text = "";
  while (!text.endsWith("begun")) text += String.fromCharCode(...await client.readBytes(1));
  await app.release("rest");
  text += new TextDecoder().decode(await client.readAll());
  assertMatch(text, /^HTTP\/1\.1 200 /);
  assertNotMatch(text, /\r\n0\r\n\r\n$|In the middle/);
  await app.waitForLine(/^RuntimeError: In the middle$/);
  assertEquals(await app.get("/fine"), "fine");
});

pythonTest("outside of development nothing is told and nothing of it is loaded", async () => {
  await using app = await startApp("failing_app:app", { directory: DIRECTORY });
  const response = await app.ask("/cause", { fields: [PAGE] });
  assertEquals([response.status, response.field("content-type")], [
    500,
    "text/plain; charset=utf-8",
  ]);
  assertEquals(
    response.text(),
    "500 Internal Server Error\nThe app failed to answer this request\n",
  );
  assertEquals(await app.get("/modules"), "no wsgi_failure");
  await using dev = await startApp("failing_app:app", { directory: DIRECTORY, onFailure });
  assertEquals(await dev.get("/modules"), "wsgi_failure");
});

const unstartable: [what: string, files: Record<string, string>, says: RegExp][] = [
  [
    "a syntax error",
    { "broken.py": "x = 1\nif x\n    pass\n" },
    /^SyntaxError: .*\n.*broken\.py:2/,
  ],
  ["an import that raises", { "broken.py": "\n1/0\n" }, /^ZeroDivisionError: .*\n.*broken\.py:2/],
  [
    "a module that imports one that is not there",
    { "broken.py": "import nosuchmodule\n" },
    /^ModuleNotFoundError: No module named 'nosuchmodule'\n.*broken\.py:1/,
  ],
];
for (const [what, files, says] of unstartable) {
  pythonTest(`an app that does not start, for ${what}, tells why`, async () => {
    await using folder = await TempFolder.make(files);
    const error = await startBroken(folder.path, "broken:app");
    const failure = toPythonFailure(error.report, { when: "loading", message: error.message });
    const { content } = page.answer(failure, getWith());
    assertMatch(new TextDecoder().decode(content as Uint8Array), says);
  });
}

pythonTest("an app that is not there has no report, and its page says so", async () => {
  await using folder = await TempFolder.make();
  const error = await startBroken(folder.path, "nosuch:app");
  assertEquals(error.report, null);
  const { errors } = toPythonFailure(null, { when: "loading", message: error.message });
  assertEquals(errors.length, 1);
  assertMatch(errors[0]!.message, /^Cannot run nosuch:app: there is no module nosuch in /);
});

async function startBroken(directory: string, app: string): Promise<WsgiStartError> {
  const error = await startWsgi({
    app,
    directory,
    python: PYTHON!,
    staticDirectory: STATIC,
    software: "rawserve/test",
    environment: { PATH: Deno.env.get("PATH") ?? "" },
    onDiagnostics: () => {},
    onFailure,
  }).then(() => null, (error) => error);
  assertInstanceOf(error, WsgiStartError);
  return error;
}

for (
  const { module, app } of [
    { module: "flask", app: "flaskapp:app" },
    { module: "pyramid", app: "pyramidapp:app" },
    { module: "django", app: "djangoapp:app" },
  ]
) {
  const python = findPython(module);
  const reason = python === null ? ` (ignored: python3-${module} is not installed)` : "";
  Deno.test({
    name: `${module} lets go of what its app raises${reason}`,
    ignore: python === null,
    async fn() {
      const environment = { FLASK_DEBUG: "1" };
      await using running = await startApp(app, { python: python!, environment, onFailure });
      const response = await running.ask("/error", { fields: [PAGE] });
      assertEquals(response.status, 500);
      assertStringIncludes(response.text(), "<h1>ValueError</h1>");
      assertMatch(response.text(), /<mark><i>\d+<\/i> +raise ValueError\(/);
      assertEquals((await running.ask("/hello")).status, 200);
    },
  });
}

const bad: [what: string, report: string | null][] = [
  ["nothing", null],
  ["no JSON", "<html>"],
  ["a number", "7"],
  ["null", "null"],
  ["a list", "[]"],
  ["errors that are none", '{"errors": 7}'],
  ["an empty list of errors", '{"errors": []}'],
];
for (const [what, report] of bad) {
  Deno.test(`a report that is ${what} leaves the message`, () => {
    assertEquals(toPythonFailure(report, SAID).errors, [
      { relation: "thrown", type: "Error", message: "It failed", frames: [] },
    ]);
  });
}

Deno.test("what is not as it should be in a report is left out", () => {
  const frame = {
    file: 1,
    line: "2",
    column: {},
    function: [],
    isOwn: "yes",
    source: [1, [2], [3, 4], "x", [5, "five"]],
  };
  const error = { relation: "x", type: null, message: 7, frames: [null, frame, 3] };
  const { errors, runtime } = toPythonFailure(
    JSON.stringify({ runtime: 3, errors: [error, 1] }),
    SAID,
  );
  assertEquals(runtime, "Python");
  const empty = { file: "", line: null, column: null, function: null, isOwn: false, source: [] };
  const source = [[2, ""], [3, ""], [5, "five"]].map(([number, text]) => ({ number, text }));
  assertEquals(
    JSON.stringify(errors),
    JSON.stringify([
      {
        relation: "thrown",
        type: "Error",
        message: "",
        frames: [empty, { ...empty, source }, empty],
      },
      { relation: "thrown", type: "Error", message: "", frames: [] },
    ]),
  );
  const long = JSON.stringify({ errors: [{ message: "m".repeat(MESSAGE_LIMIT + 9) }] });
  assertEquals(toPythonFailure(long, SAID).errors[0]!.message.length, MESSAGE_LIMIT + 2);
});
