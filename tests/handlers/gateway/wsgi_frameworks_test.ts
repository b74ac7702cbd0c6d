// Real frameworks, as Debian packages them, doing what people do with them: a page, a form that is posted
// with its token, a static file, a stream, an error. Each is run by the first Python that has it.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../deps.ts";
import type { RawResponse } from "../../support/raw_client.ts";
import {
  findPython,
  type RunningApp,
  type RunningOptions,
  startApp,
  toRequest,
} from "./wsgi_app.ts";

/** A test that needs a framework. */
function frameworkTest(
  { module, app, name }: { module: string; app: string; name: string },
  run: (app: RunningApp) => Promise<void>,
  options: RunningOptions = {},
): void {
  const python = findPython(module);
  const reason = python === null ? ` (ignored: python3-${module} is not installed)` : "";
  Deno.test({
    name: `${app} ${name}${reason}`,
    ignore: python === null,
    async fn() {
      await using running = await startApp(app, { python: python!, ...options });
      await run(running);
    },
  });
}

const FORM = "Content-Type: application/x-www-form-urlencoded";
const STYLE = "body {\n  font-family: sans-serif;\n}\n";
const frameworks = [
  { module: "flask", app: "flaskapp:app", title: "Flask" },
  { module: "django", app: "djangoapp:app", title: "Django" },
  { module: "pyramid", app: "pyramidapp:app", title: "Pyramid" },
];

/** The cookies of an answer, as the next request sends them. */
function cookiesOf({ fields }: RawResponse): string[] {
  const cookies = fields.filter(([name]) => name.toLowerCase() === "set-cookie")
    .map(([, value]) => value.split(";")[0]);
  return cookies.length === 0 ? [] : [`Cookie: ${cookies.join("; ")}`];
}

for (const { module, app, title } of frameworks) {
  const framework = { module, app };
  frameworkTest({ ...framework, name: "says hello" }, async (running) => {
    const response = await running.ask("/hello");
    assertEquals([response.status, response.framing], [200, "length"]);
    assertMatch(response.field("content-type")!, /^text\/plain/);
    assertEquals(response.text(), `Hello world from ${title}!\n`);
    assertEquals((await running.ask("/nowhere")).status, 404);
    const head = await running.ask("/hello", { method: "HEAD" });
    assertEquals([head.status, head.field("content-length")], [
      200,
      response.field("content-length"),
    ]);
  });

  frameworkTest(
    { ...framework, name: "takes a form, knows its client again, knows its own URL" },
    async (running) => {
      const page = await running.ask("/form");
      const [, name, token] = /type="hidden" name="(\w+)" value="([^"]+)"/.exec(page.text()) ?? [];
      const content = `${name === undefined ? "" : `${name}=${token}&`}name=Ada`;
      const cookies = cookiesOf(page);
      for (const chunks of [undefined, [1, 3]]) {
        const posted = await running.ask("/form", {
          fields: [FORM, ...cookies],
          content,
          ...(chunks === undefined ? {} : { chunks }),
        });
        assertEquals(posted.status, 302, posted.text());
        const location = new URL(posted.field("location")!, "http://a.test:81");
        const greeting = await running.ask(location.pathname + location.search, {
          fields: [...cookiesOf(posted), ...cookies].slice(0, 1),
        });
        const { name: greeted, url } = JSON.parse(greeting.text());
        assertEquals([greeted, url], [
          "Ada",
          `http://a.test:81${location.pathname}${location.search}`,
        ]);
      }
      if (name !== undefined) {
        const refused = await running.ask("/form", {
          fields: [FORM, ...cookies],
          content: "name=Ada",
        });
        assert(
          refused.status === 403 || refused.status === 400,
          "without the token nothing is taken",
        );
      }
    },
  );

  frameworkTest({ ...framework, name: "serves a static file" }, async (running) => {
    const response = await running.ask("/static/style.css");
    assertEquals([response.status, response.text()], [200, STYLE]);
    assertEquals(response.field("content-length"), String(STYLE.length));
    assertMatch(response.field("content-type")!, /^text\/css/);
  });

  frameworkTest({ ...framework, name: "streams" }, async (running) => {
    const response = await running.ask("/stream");
    assertMatch(response.text(), /piece 0\n+.*piece 1\n+.*piece 2\n/);
    assertEquals(response.framing, "chunked");
    assert(response.chunkSizes.length > 1);
  });

  frameworkTest(
    { ...framework, name: "has an error page of its own, and the traceback is told" },
    async (running) => {
      const response = await running.ask("/error");
      assertEquals(response.status, 500);
      assert(!response.text().includes("an error of the app"));
      const { context } = await running.waitForLine(/^ValueError: an error of the app$/);
      assertEquals(context.request?.target.raw, "/error");
      assertEquals(await running.get("/hello"), `Hello world from ${title}!\n`);
    },
  );

  frameworkTest({ ...framework, name: "answers many at a time" }, async (running) => {
    using client = await running.connect();
    await client.send(toRequest("/hello").repeat(100));
    for (let i = 0; i < 100; i++) assertEquals((await client.readResponse()).status, 200);
    const answers = await Promise.all(Array.from({ length: 20 }, () => running.get("/hello")));
    assert(answers.every((text) => text.startsWith("Hello")));
  }, { workers: 2 });
}

frameworkTest(
  { module: "flask", app: "flaskapp:app", name: "takes an uploaded file" },
  async (running) => {
    const file = "x".repeat(300_000);
    const content = "--edge\r\nContent-Disposition: form-data; name=file; filename=a.bin\r\n\r\n" +
      `${file}\r\n--edge--\r\n`;
    const fields = ["Content-Type: multipart/form-data; boundary=edge"];
    assertEquals((await running.ask("/upload", { fields, content })).text(), "a.bin 300000");
    const chunked = await running.ask("/upload", { fields, content, chunks: [5, 70_000] });
    assertStringIncludes(chunked.text(), "300000");
  },
);
