// The small framework: which view is asked, for what, and what becomes of its answer. `html` has another
// name here, for the formatter moves the white space in templates of that name.

import { escapeHtml, html as markup } from "../../../lib/handlers/html.ts";
import { Router, type View } from "../../../lib/handlers/router/router.ts";
import { assertEquals, assertRejects, assertThrows } from "../../deps.ts";

const tell: View = (_request, { params }) => JSON.stringify(params);
const named = (name: string): View => () => name;

const below = new Router([
  ["/", named("blog")],
  ["/posts/:id(\\d+)", tell],
]);
const router = new Router([
  ["/", named("index")],
  ["/login", { GET: named("form"), POST: named("login") }],
  ["/users/:name", tell],
  ["/users/me", named("never")],
  ["/files/*", tell],
  ["/blog/*", below],
  ["/only-post", { POST: named("posted") }],
]);

function ask(path: string, method = "GET"): Promise<Response> {
  return router.fetch(new Request(`http://a${path}`, { method }));
}

const answers: [path: string, status: number, text: string][] = [
  ["/", 200, "index"],
  ["/?a=b", 200, "index"],
  ["/login", 200, "form"],
  ["/login/", 404, ""],
  ["/users/ann", 200, '{"name":"ann"}'],
  ["/users/me", 200, '{"name":"me"}'],
  ["/users/a%20b%2Fc", 200, '{"name":"a b/c"}'],
  ["/users/%zz", 400, ""],
  ["/users/%ff", 400, ""],
  ["/users/", 404, ""],
  ["/users/a/b", 404, ""],
  ["/files/a/b.txt", 200, '{"0":"a/b.txt"}'],
  ["/blog/", 200, "blog"],
  ["/blog/posts/12", 200, '{"id":"12"}'],
  ["/blog/posts/x", 404, ""],
  ["/nothing", 404, ""],
];

for (const [path, status, text] of answers) {
  Deno.test(`the router answers ${path} with ${status} ${text}`, async () => {
    const response = await ask(path);
    assertEquals(response.status, status);
    if (status === 200) assertEquals(await response.text(), text);
    else await response.body?.cancel();
  });
}

Deno.test("methods go to their views, HEAD to that of GET, others get 405 with Allow (RFC 9110 15.5.6)", async () => {
  assertEquals(await (await ask("/login", "POST")).text(), "login");
  assertEquals((await ask("/login", "HEAD")).status, 200);
  for (
    const [path, method, status, allow] of [
      ["/login", "DELETE", 405, "GET, POST, OPTIONS, HEAD"],
      ["/login", "OPTIONS", 204, "GET, POST, OPTIONS, HEAD"],
      ["/only-post", "GET", 405, "POST, OPTIONS"],
      ["/only-post", "HEAD", 405, "POST, OPTIONS"],
      ["/login", "toString", 405, "GET, POST, OPTIONS, HEAD"],
      ["/login", "constructor", 405, "GET, POST, OPTIONS, HEAD"],
    ] as const
  ) {
    const response = await ask(path, method);
    assertEquals([response.status, response.headers.get("allow")], [status, allow]);
    await response.body?.cancel();
  }
});

Deno.test("a view's text is plain, its html is a page, its Response is its own", async () => {
  const made = new Response("made", { status: 201 });
  const app = new Router().route("/text", () => "a<b").route("/html", () => markup`<p>${"a<b"}</p>`)
    .route("/made", () => made);
  const fetched = async (path: string) => await app.fetch(new Request(`http://a${path}`));
  const text = await fetched("/text");
  assertEquals([text.headers.get("content-type"), await text.text()], [
    "text/plain;charset=UTF-8",
    "a<b",
  ]);
  const page = await fetched("/html");
  assertEquals([page.headers.get("content-type"), await page.text()], [
    "text/html; charset=utf-8",
    "<p>a&lt;b</p>",
  ]);
  assertEquals(await fetched("/made"), made);
});

Deno.test("a view learns of address, content and what the server tells", async () => {
  const app = new Router([["/x", {
    POST: async (request, { url, info }) =>
      `${url.searchParams.get("a")} ${await request.text()} ${info}`,
  }]]);
  const request = new Request("http://a/x?a=1", { method: "POST", body: "two" });
  assertEquals(await (await app.fetch(request, "three")).text(), "1 two three");
});

Deno.test("a view learns where the app is mounted, if somebody says so", async () => {
  const app = new Router([["/x", (_request, { base }) => `${base}/`], [
    "/below/*",
    new Router([["/x", (_request, { base }) => `${base}/`]]),
  ]]);
  for (
    const [info, base] of [
      [{ base: "/mounted" }, "/mounted/"],
      [{ base: "" }, "/"],
      [{ base: 1 }, "/"],
      [{}, "/"],
      [null, "/"],
      [undefined, "/"],
      ["text", "/"],
    ]
  ) {
    for (const path of ["/x", "/below/x"]) {
      const response = await app.fetch(new Request(`http://a${path}`), info);
      assertEquals(await response.text(), base);
    }
  }
});

Deno.test("what a view must not return, and what is no pattern, are errors", async () => {
  const app = new Router().route("/", () => 1 as unknown as string);
  await assertRejects(() => app.fetch(new Request("http://a/")), TypeError, "neither");
  assertThrows(() => app.route("x", () => ""), TypeError, "slash");
  assertThrows(() => app.route("/:", () => ""), TypeError);
});

Deno.test("html escapes all that it did not make itself", () => {
  const evil = `<img src=x onerror="a('b')">&`;
  assertEquals(
    `${markup`<a title="${evil}">${evil}</a>`}`,
    `<a title="${escapeHtml(evil)}">${escapeHtml(evil)}</a>`,
  );
  assertEquals(escapeHtml(evil), "&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;");
  const items = ["<a>", "b"].map((item) => markup`<li>${item}</li>`);
  assertEquals(`${markup`<ul>${items}</ul>`}`, "<ul><li>&lt;a&gt;</li><li>b</li></ul>");
  assertEquals(`${markup`${null}${undefined}${false}${0}${""}${true}`}`, "0true");
});
