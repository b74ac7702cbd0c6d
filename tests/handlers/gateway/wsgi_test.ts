// A WSGI app by its name: how it is found and started, what it is told of a request and of its surroundings.

import { withMounts } from "../../../lib/handlers/mounts.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../deps.ts";
import { text } from "../../support/server.ts";
import { APPS, pythonTest, startApp, toRequest } from "./wsgi_app.ts";

pythonTest(
  "the tutorials' app answers, and so does one that is named by its module alone",
  async () => {
    await using hello = await startApp("wsgiapp:app");
    const response = await hello.ask("/hello");
    assertEquals(response.status, 200);
    assertEquals(response.field("content-type"), "text/plain");
    assertEquals(response.framing, "length");
    assertEquals(response.text(), "Hello world from a simple WSGI application!\n");
    await using time = await startApp("time_server");
    assertMatch(await time.get("/"), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00\n$/);
  },
);

for (
  const [app, path, answer] of [
    ["wsgi_cases:app", "/hello", "hello"],
    ["wsgi_cases:make_app()", "/", "none"],
    ["wsgi_cases:make_app('caf\u00e9', suffix='!')", "/", "café!"],
    ["wsgi_cases:holder.inner", "/hello", "hello"],
    ["wsgi_cases : app", null, "'wsgi_cases ' is no name of a module"],
  ] as const
) {
  pythonTest(`an app is found by ${app}, or said not to be`, async () => {
    if (path === null) return assertStringIncludes(await failureOf(app), answer);
    await using running = await startApp(app);
    assertEquals(await running.get(path), answer);
  });
}

async function failureOf(
  app: string,
  options: Parameters<typeof startApp>[1] = {},
): Promise<string> {
  try {
    await using _ = await startApp(app, options);
  } catch (error) {
    assert(error instanceof Error);
    assertEquals(error.message.split("\n").length, 1, error.message);
    return error.message;
  }
  throw new Error(`${app} has started`);
}

/** A folder with these modules. */
async function withModules(
  modules: Record<string, string>,
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "rawserve_modules_" });
  try {
    for (const [name, source] of Object.entries(modules)) {
      await Deno.writeTextFile(`${folder}/${name}.py`, source);
    }
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const folderless = APPS.replace(/\/$/, "");
for (
  const [app, message] of [
    ["nosuch:app", `there is no module nosuch in ${folderless}`],
    ["no.such:app", `there is no module no in ${folderless}`],
    ["wsgiapp.py", `there is no module wsgiapp.py in ${folderless} (leave out the .py)`],
    ["../wsgiapp:app", "'../wsgiapp' is no name of a module"],
    [":app", "'' is no name of a module"],
    ["wsgi_cases:nosuch", "wsgi_cases has no nosuch (but it has app)"],
    ["wsgiapp", "wsgiapp has no application (but it has app)"],
    ["wsgi_cases:holder.outer", "wsgi_cases.holder has no outer"],
    ["wsgi_cases:no_app", "no_app of wsgi_cases is no app but of type str"],
    ["wsgi_cases:no_app()", "no_app of wsgi_cases is not callable"],
    ["wsgi_cases:make_app(", "'make_app(' is neither a name nor a call with literals"],
    ["wsgi_cases:make_app(app)", "'make_app(app)' is neither a name nor a call with literals"],
    ["wsgi_cases:app or 1", "'app or 1' is neither a name nor a call with literals"],
    ["wsgi_cases:make_app(1, 2, 3)", "TypeError: make_app() takes"],
  ] as const
) {
  pythonTest(`${app} does not start: ${message}`, async () => {
    assertStringIncludes(await failureOf(app), `Cannot run ${app}: ${message}`);
  });
}

pythonTest(
  "an exception in the import is told with its place, and its whole traceback once",
  async () => {
    const source = "import deeper\n";
    const modules = {
      fails: source,
      deeper: "def f():\n    raise ValueError('no\\ngood')\n\nf()\n",
      missing: "import not_there_at_all\n",
      syntax: "def f(:\n",
      leaves: "import sys\nsys.exit(3)\n",
      dies: "import os, sys\nsys.stderr.write('its last words')\nsys.stderr.flush()\nos._exit(7)\n",
      prints: "print('said at import')\nraise RuntimeError\n",
    };
    await withModules(modules, async (directory) => {
      const fail = (name: string) => failureOf(`${name}:app`, { directory });
      assertEquals(
        await fail("fails"),
        `Cannot run fails:app: ValueError: no (${directory}/deeper.py:2)`,
      );
      assertEquals(
        await fail("missing"),
        "Cannot run missing:app: ModuleNotFoundError: No module named 'not_there_at_all' " +
          `(${directory}/missing.py:1)`,
      );
      assertMatch(await fail("syntax"), /^Cannot run syntax:app: SyntaxError: .*syntax\.py:1\)$/);
      assertEquals(
        await fail("leaves"),
        `Cannot run leaves:app: SystemExit: 3 (${directory}/leaves.py:2)`,
      );
      assertEquals(
        await fail("dies"),
        "Cannot run dies:app: Python ended with exit code 7: its last words",
      );
      const lines: string[] = [];
      await failureOf("prints:app", { directory, onDiagnostics: (line) => lines.push(line) });
      assertEquals(lines.slice(0, 2), ["said at import", "Traceback (most recent call last):"]);
      assertEquals(lines.filter((line) => line.includes("Traceback")).length, 1);
      assertEquals(lines.at(-1), "RuntimeError");
      assert(
        !lines.some((line) => line.includes("<rawserve>")),
        "our own frames are nobody's business",
      );
    });
  },
);

Deno.test("a Python that is not there, or is none, is said to be so", async () => {
  const fail = (python: string) => failureOf("wsgiapp:app", { python });
  assertEquals(
    await fail("no-such-python"),
    "Cannot run wsgiapp:app: there is no program no-such-python (--python says which to run)",
  );
  assertEquals(
    await fail("/etc/passwd"),
    "Cannot run wsgiapp:app: /etc/passwd cannot be executed (--python says which to run)",
  );
  assertMatch(await fail("/bin/false"), /: Python ended with exit code 1$/);
  assertMatch(await fail("/bin/sh"), /: Python ended with exit code \d+: .*syntax/i);
  assertMatch(await fail("/bin/echo"), /: what was started is no worker\. It wrote something/);
});

Deno.test("a folder that is not there, or is none, is said to be so", async () => {
  assertEquals(
    await failureOf("wsgiapp:app", { directory: "/no/such" }),
    "Cannot run wsgiapp:app: /no/such does not exist",
  );
  assertEquals(
    await failureOf("wsgiapp:app", { directory: "/etc/passwd" }),
    "Cannot run wsgiapp:app: /etc/passwd is no folder",
  );
});

pythonTest("an import that comes to no end is given up", async () => {
  await withModules({ slow: "import time\ntime.sleep(1000)\n" }, async (directory) => {
    const lines: string[] = [];
    const options = {
      directory,
      timeout: 0.1,
      startTimeout: 1,
      onDiagnostics: (line: string) => lines.push(line),
    };
    assertEquals(
      await failureOf("slow:app", options),
      "Cannot run slow:app: the import takes too long",
    );
    assertStringIncludes(lines.join("\n"), 'slow.py", line 2');
  });
});

pythonTest("the app sees the request in its environ (PEP 3333)", async () => {
  await using app = await startApp("wsgi_cases:app");
  const fields = [
    "X-A: 1",
    "X-A: 2",
    "Cookie: a=1",
    "Cookie: b=2",
    "Proxy: x",
    "X_B: 3",
    "X-L: \xe9",
  ];
  const answer = await app.ask("/environment?a=%41&b", { fields, content: "xy", method: "PUT" });
  const environ = new Map(
    answer.text().trimEnd().split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  const expected: Record<string, string> = {
    REQUEST_METHOD: "'PUT'",
    SCRIPT_NAME: "''",
    PATH_INFO: "'/environment'",
    QUERY_STRING: "'a=%41&b'",
    REQUEST_URI: "'/environment?a=%41&b'",
    CONTENT_LENGTH: "'2'",
    SERVER_NAME: "'a.test'",
    SERVER_PORT: "'81'",
    SERVER_PROTOCOL: "'HTTP/1.1'",
    SERVER_SOFTWARE: "'rawserve/test'",
    REMOTE_ADDR: "'127.0.0.1'",
    HTTP_HOST: "'a.test:81'",
    HTTP_X_A: "'1, 2'",
    HTTP_COOKIE: "'a=1; b=2'",
    HTTP_X_L: "'é'",
    "wsgi.version": "(1, 0)",
    "wsgi.url_scheme": "'http'",
    "wsgi.multithread": "False",
    "wsgi.multiprocess": "False",
    "wsgi.run_once": "False",
    "wsgi.input_terminated": "True",
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals(environ.get(name), value, name);
  }
  for (const name of ["HTTP_PROXY", "HTTP_X_B", "HTTP_CONTENT_LENGTH", "CONTENT_TYPE", "HTTPS"]) {
    assertEquals(environ.get(name), undefined, name);
  }
  assertEquals(
    [...environ.keys()].filter((name) => /^[a-z]/.test(name) && !/^wsgi\./.test(name)),
    [],
  );
  assertEquals(environ.has("PATH"), false, "the worker's own environment is none of the request's");
});

pythonTest(
  "below a mount SCRIPT_NAME and PATH_INFO are octets, each percent-decoded once",
  async () => {
    await using app = await startApp("wsgi_cases:app", {
      wrap: (handler) => {
        const mounts = [{ prefix: "/ol d", handler, isFolder: false }];
        return withMounts(mounts, () => text("elsewhere"));
      },
    });
    const environ = await app.get("/ol%20d/environment");
    assertStringIncludes(environ, "\nSCRIPT_NAME='/ol d'\n");
    assertStringIncludes(environ, "\nPATH_INFO='/environment'\n");
    assertEquals(await app.get("/hello"), "elsewhere");
    assertEquals((await app.ask("/ol%20d")).status, 404);
  },
);

pythonTest("a path that cannot be decoded, a tunnel, a server-wide OPTIONS", async () => {
  await using app = await startApp("wsgi_cases:app");
  assertEquals(await app.get("/%68ello"), "hello");
  assertEquals((await app.ask("/%2568ello")).status, 404);
  for (const path of ["/%", "/%0", "/%zz", "/a%00b"]) {
    assertEquals((await app.ask(path)).status, 400, path);
  }
  assertEquals((await app.ask("*", { method: "OPTIONS" })).status, 404);
  using client = await app.connect();
  await client.send("CONNECT a.test:81 HTTP/1.1\r\nHost: a.test:81\r\n\r\n");
  assertEquals((await client.readResponse()).status, 501);
});

pythonTest("a worker has a clean environment, and finds what it finds under gunicorn", async () => {
  const environment = { PYTHONPATH: "/somewhere", ONLY: "this" };
  await using app = await startApp("wsgi_cases:app", { environment });
  const [pid, folder, path, argv, names] = (await app.get("/process")).split("\n");
  assertEquals([folder, path, argv], [folderless, folderless, "['wsgi_cases:app']"]);
  const own = [
    "CASES_FOLDER",
    "HOME",
    "LANG",
    "ONLY",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
  ];
  const others = names!.match(/[A-Za-z_]\w*/g)!.filter((name) =>
    // What Python sets by itself, and the wrapper scripts that some systems have in its place.
    !/^(?:LC_CTYPE|_?PYENV_\w+|PWD|OLDPWD|SHLVL|_)$/.test(name)
  );
  assertEquals(others, own);
  assert(Number(pid) !== Deno.pid);
});

pythonTest(
  "several workers answer at the same time, and each is told that it is not alone",
  async () => {
    await using app = await startApp("wsgi_cases:app", { workers: 3 });
    assertStringIncludes(await app.get("/environment"), "wsgi.multiprocess=True");
    const answers = [
      app.get("/wait?together"),
      app.get("/wait?together"),
      app.get("/wait?together"),
    ];
    while (app.lines.filter(({ text }) => text === "waiting for together").length < 3) {
      await app.waitForLine(/waiting for together/);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await app.release("together");
    assertEquals(await Promise.all(answers), ["together", "together", "together"]);
    assertEquals(new Set(app.lines.map(({ context }) => context.pid)).size, 3);
  },
);

pythonTest("what the app prints, wherever, is told and never gets into an answer", async () => {
  await using app = await startApp("wsgi_cases:app");
  assertEquals(await app.get("/speak"), "spoken");
  await app.waitForLine(/^x{3616}$/);
  const said = app.lines.map(({ text }) => text);
  assertEquals(said.slice(0, 5), [
    "printed \u2603",
    "written to 1",
    "to errors",
    "two parts",
    "from a child",
  ]);
  assertEquals(said.slice(5).map(({ length }) => length), [16_384, 3_616]);
  const { context } = app.lines[0]!;
  assertEquals(context.request?.target.raw, "/speak");
  assertEquals(typeof context.pid, "number");
});

pythonTest("many requests on one connection, pipelined ones too", async () => {
  await using app = await startApp("wsgi_cases:app");
  using client = await app.connect();
  await client.send(toRequest("/hello").repeat(50) + toRequest("/read", { content: "abc" }));
  for (let i = 0; i < 50; i++) assertEquals((await client.readResponse()).text(), "hello");
  assertEquals((await client.readResponse()).text(), "3 294 3");
});

pythonTest("forked children have no part in the conversation", async () => {
  await using app = await startApp("wsgi_cases:app");
  assertEquals(await app.get("/fork"), "from the parent");
  assertEquals(await app.get("/threads"), "from a thread");
  assertEquals(await app.get("/hello"), "hello");
});

const older = [
  "python3.8",
  "python3.9",
  "python3.10",
  "python3.11",
  "python3.12",
  "python3.13",
  "python3.14",
];
for (const python of older) {
  const isThere = runs(python);
  const reason = isThere ? "" : " (ignored: it is not installed)";
  Deno.test({
    name: `the worker runs on ${python}${reason}`,
    ignore: !isThere,
    async fn() {
      await using app = await startApp("wsgi_cases:validated", { python });
      assertEquals(await app.get("/hello"), "hello");
      const version = (await app.get("/process")).split("\n").at(-1)!;
      assertEquals(version, `(${python.slice("python".length).replace(".", ", ")})`);
      assertEquals((await app.ask("/raise_first")).status, 500);
      assertEquals((await app.ask("/read", { content: "x".repeat(200_000) })).status, 200);
      assertEquals((await app.ask("/die")).status, 502);
      assertEquals((await app.ask("/big_piece")).content.length, 3_000_000);
    },
  });
}

function runs(python: string): boolean {
  try {
    return new Deno.Command(python, { args: ["--version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const outdated = ["python2.7", "python3.7", "python3.6"].find(runs);
Deno.test({
  name: `a Python that is too old says so${outdated ? "" : " (ignored: none is installed)"}`,
  ignore: outdated === undefined,
  async fn() {
    assertMatch(
      await failureOf("wsgiapp:app", { python: outdated! }),
      /: Python ended with exit code 1: Python 3\.8 or later is needed, and this is \d\.\d/,
    );
  },
});
