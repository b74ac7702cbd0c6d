// Which script is run, and what it is told: real scripts over real sockets (RFC 3875 3, 4 and 7.2).

import { withMounts } from "../../../lib/handlers/mounts.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../../deps.ts";
import { cgi } from "../../../lib/handlers/gateway/cgi.ts";
import { type FixtureTree, linkTo } from "../../support/fixture_folder.ts";
import { toText } from "../../support/raw_client.ts";
import { text } from "../../support/server.ts";
import { toTarget, TRAVERSAL_SPELLINGS } from "../files/traversal_spellings.ts";
import {
  ENVIRONMENT,
  executable,
  ignore,
  type ServedScripts,
  serveScripts,
  sh,
  shText,
} from "./served_scripts.ts";

const MARK = "5ecret-that-nobody-may-see";
/** Tells where the request has led, octets as they are. */
const WHERE = shText(`printf '%s|%s|%s|%s' "$0" "$SCRIPT_NAME" "$PATH_INFO" "$QUERY_STRING"`);
const TREE: FixtureTree = {
  "a.cgi": WHERE,
  "b c": WHERE,
  "é.cgi": WHERE,
  "source.cgi": `#!/bin/sh\n# ${MARK}\n`,
  "only-root.cgi": executable(`#!/bin/sh\n# ${MARK}\n`, 0o600),
  "page.html": executable(`<p>${MARK}`),
  "empty.cgi": executable(""),
  "no-interpreter.cgi": executable("#!/nowhere/interpreter\n"),
  "nph-a.cgi": sh("echo 'HTTP/1.1 200 OK'", "echo"),
  ".hidden.cgi": WHERE,
  ".folder": { "a.cgi": WHERE },
  "inside.cgi": linkTo("a.cgi"),
  "outside.cgi": linkTo("../secret.cgi"),
  "out": linkTo("../private"),
  "nothing.cgi": linkTo("nowhere"),
  "loop.cgi": linkTo("loop.cgi"),
  "back\\slash": WHERE,
  sub: { "a.cgi": WHERE, deep: { "a.cgi": WHERE } },
};
const BESIDE: FixtureTree = {
  "secret.cgi": sh(`echo 'A: ${MARK}'`, "echo"),
  private: { "a.cgi": sh(`echo 'A: ${MARK}'`, "echo") },
};

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore, fn });
}

const found: [target: string, file: string, ...told: string[]][] = [
  ["/a.cgi", "a.cgi", "/a.cgi", "", ""],
  ["/a.cgi?b=c", "a.cgi", "/a.cgi", "", "b=c"],
  ["/a.cgi/", "a.cgi", "/a.cgi", "/", ""],
  ["/a.cgi/x/y?z", "a.cgi", "/a.cgi", "/x/y", "z"],
  ["/a.cgi//x//", "a.cgi", "/a.cgi", "//x//", ""],
  ["/a.cgi/x%2Fy", "a.cgi", "/a.cgi", "/x/y", ""],
  ["/a.cgi/%C3%A9%0A%25", "a.cgi", "/a.cgi", "/é\n%", ""],
  ["/a.cgi/b.cgi/.x/...", "a.cgi", "/a.cgi", "/b.cgi/.x/...", ""],
  ["/%61.cgi/%61", "a.cgi", "/a.cgi", "/a", ""],
  ["/b%20c/x", "b c", "/b c", "/x", ""],
  ["/%C3%A9.cgi/x", "é.cgi", "/é.cgi", "/x", ""],
  ["/sub/a.cgi/x", "sub/a.cgi", "/sub/a.cgi", "/x", ""],
  ["/sub/deep/a.cgi", "sub/deep/a.cgi", "/sub/deep/a.cgi", "", ""],
  ["/inside.cgi/x", "inside.cgi", "/inside.cgi", "/x", ""],
  ["http://a.example/a.cgi/x?y", "a.cgi", "/a.cgi", "/x", "y"],
];

test("the first file on the way is the script, the rest of the path is for it (RFC 3875 3.2)", async () => {
  await using served = serveScripts(TREE, { beside: BESIDE });
  for (const [target, file, ...told] of found) {
    const response = await served.get(target);
    const expected = [`${served.directory}/${file}`, ...told].join("|");
    assertEquals([response.status, response.text()], [200, expected], target);
  }
  assertEquals(served.lines, []);
});

const refused: [target: string, status: number][] = [
  ["/", 404],
  ["/sub", 404],
  ["/sub/", 404],
  ["/nowhere", 404],
  ["/nowhere/a.cgi", 404],
  ["//a.cgi", 404],
  ["/sub//a.cgi", 404],
  ["/A.CGI", 404],
  ["/.hidden.cgi", 404],
  ["/.folder/a.cgi", 404],
  ["/%2ehidden.cgi", 404],
  ["/outside.cgi", 404],
  ["/out/a.cgi", 404],
  ["/nothing.cgi", 404],
  ["/loop.cgi", 404],
  [`/${"x".repeat(300)}`, 404],
  ["/a.cgi%2Fx", 400],
  ["/sub%2Fa.cgi", 400],
  ["/./a.cgi", 400],
  ["/sub/../a.cgi", 400],
  ["/nowhere/../a.cgi", 404],
  ["/%2e%2e/secret.cgi", 400],
  ["/a.cgi/..", 400],
  ["/a.cgi/../secret.cgi", 400],
  ["/a.cgi/x/%2e%2e/y", 400],
  ["/a.cgi/x%2F..%2Fy", 400],
  ["/a.cgi/x%5C..%5Cy", 400],
  ["/a.cgi/.", 400],
  ["/a.cgi/%00", 400],
  ["/a.cgi/%zz", 400],
  ["/a.cgi/%FF", 400],
  ["/a%00.cgi", 400],
  ["/%FF.cgi", 400],
  ["/back\\slash", 400],
  ["/back%5Cslash", 400],
  ["/source.cgi", 403],
  ["/source.cgi/x", 403],
  ["/page.html", 500],
  ["/empty.cgi", 500],
  ["/no-interpreter.cgi", 500],
  ["/nph-a.cgi", 501],
  ["/nph-a.cgi/x", 501],
];

test("what is no script is refused, and no source is ever sent", async () => {
  await using served = serveScripts(TREE, { beside: BESIDE });
  for (const [target, status] of refused) {
    const response = await served.get(target);
    const all = JSON.stringify(response.fields) + toText(response.content);
    assertEquals([response.status, all.includes(MARK)], [status, false], target);
  }
  assertEquals(served.server.handlerErrors, []);
});

test("what cannot be run is told in one line each", async () => {
  await using served = serveScripts(TREE);
  for (const target of ["/page.html", "/empty.cgi", "/no-interpreter.cgi"]) {
    await served.get(target);
  }
  assertEquals(served.lines.length, 3, served.lines.join("\n"));
  assertMatch(served.lines[0]!, /^\/page\.html Cannot run \/.*\/page\.html: it neither begins/);
  assertMatch(served.lines[1]!, /^\/empty\.cgi Cannot run .* neither/);
  assertMatch(served.lines[2]!, /^\/no-interpreter\.cgi Cannot run .* interpreter/);
});

test("no spelling of a traversal runs what lies outside", async () => {
  await using served = serveScripts(TREE, { beside: BESIDE });
  for (const spelling of TRAVERSAL_SPELLINGS) {
    const target = toTarget(spelling, {
      secret: "secret.cgi",
      above: served.outside,
      root: "scripts",
    });
    const response = await served.get(target);
    const all = JSON.stringify(response.fields) + toText(response.content);
    // A URI of another scheme or host does not even come to the handler.
    assert([400, 404, 421].includes(response.status), `${target}: ${response.status}`);
    assert(!all.includes(MARK), target);
  }
});

test("targets without a path lead to no script (RFC 9112 3.2)", async () => {
  await using served = serveScripts(TREE);
  assertEquals((await served.ask("OPTIONS * HTTP/1.1\nHost: a")).status, 404);
  assertEquals((await served.ask("CONNECT a:80 HTTP/1.1\nHost: a:80")).status, 404);
});

Deno.test("a folder of scripts that is not there is found out at the start", () => {
  const options = { software: "x", environment: {}, onDiagnostics: () => {} };
  assertThrows(() => cgi({ ...options, directory: "/nowhere/at/all" }), Deno.errors.NotFound);
});

test("below a mount, SCRIPT_NAME begins with its prefix (RFC 3875 4.1.13)", async () => {
  await using served = serveScripts(TREE, {
    wrap: (handler) =>
      withMounts([{ prefix: "/my cgi/bin", handler, isFolder: false }], () => text("rest")),
  });
  const response = await served.get("/my%20cgi/%62in/sub/a.cgi/x");
  assertMatch(response.text(), /\/sub\/a\.cgi\|\/my cgi\/bin\/sub\/a\.cgi\|\/x\|$/);
  assertEquals((await served.get("/sub/a.cgi")).text(), "rest");
});

async function environmentOf(
  served: ServedScripts,
  ...lines: string[]
): Promise<Map<string, string>> {
  const response = await served.get("/env.cgi", ...lines);
  assertEquals(response.status, 200);
  const variables = response.text().split("\0").filter((one) => one !== "");
  return new Map(variables.map((one) => one.split(/=(.*)/s, 2) as [string, string]));
}
const ENV: FixtureTree = { "env.cgi": shText("env -0") };
/** What the shell itself adds. */
const SHELLS = /^(?:PWD|OLDPWD|SHLVL|_)$/;

test("a script inherits what is given and the meta-variables, and nothing else (RFC 3875 7.2)", async () => {
  Deno.env.set("RAWSERVE_TEST_SECRET", MARK);
  try {
    await using served = serveScripts(ENV, { environment: { ...ENVIRONMENT, LANG: "C" } });
    const names = [...(await environmentOf(served, "X-A: 1")).keys()];
    assertEquals(names.filter((name) => !SHELLS.test(name)).sort(), [
      "GATEWAY_INTERFACE",
      "HTTP_HOST",
      "HTTP_X_A",
      "LANG",
      "PATH",
      "PATH_INFO",
      "QUERY_STRING",
      "REMOTE_ADDR",
      "REMOTE_HOST",
      "REMOTE_PORT",
      "REQUEST_METHOD",
      "REQUEST_SCHEME",
      "REQUEST_URI",
      "SCRIPT_FILENAME",
      "SCRIPT_NAME",
      "SERVER_NAME",
      "SERVER_PORT",
      "SERVER_PROTOCOL",
      "SERVER_SOFTWARE",
      "UNIQUE_ID",
    ]);
  } finally {
    Deno.env.delete("RAWSERVE_TEST_SECRET");
  }
});

test("what is given does not overrule a meta-variable", async () => {
  await using served = serveScripts(ENV, {
    environment: { ...ENVIRONMENT, REQUEST_METHOD: "evil", SCRIPT_FILENAME: "evil" },
  });
  const variables = await environmentOf(served);
  assertEquals(variables.get("REQUEST_METHOD"), "GET");
  assertEquals(variables.get("SCRIPT_FILENAME"), `${served.directory}/env.cgi`);
});

test("fields arrive octet by octet where they are UTF-8, and are left out where they are not", async () => {
  await using served = serveScripts(ENV);
  const variables = await environmentOf(
    served,
    "X-Utf8: h\xc3\xa9",
    "X-Latin1: h\xe9",
    "X-Bom: \xef\xbb\xbfx",
    "X-Quotes: '\"$(id)`id`",
    "X-Equals: a=b=c",
  );
  assertEquals(variables.get("HTTP_X_UTF8"), "hé");
  assertEquals(variables.has("HTTP_X_LATIN1"), false);
  assertEquals(variables.get("HTTP_X_BOM"), "\ufeffx");
  assertEquals(variables.get("HTTP_X_QUOTES"), "'\"$(id)`id`");
  assertEquals(variables.get("HTTP_X_EQUALS"), "a=b=c");
});

test("a type of content that is not UTF-8 is refused: a script could not be told", async () => {
  await using served = serveScripts(ENV);
  const head = "POST /env.cgi HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Type: text/\xe9";
  assertEquals((await served.ask(head, "x")).status, 400);
});

test("fields about the connection stay here, and so do Proxy and names with _ (RFC 3875 4.1.18)", async () => {
  await using served = serveScripts(ENV);
  const variables = await environmentOf(
    served,
    "Connection: keep-alive, x",
    "Keep-Alive: 5",
    "TE: trailers",
    "Upgrade: h2c",
    "Proxy: evil",
    "X_A: evil",
    "Shellshock: () { :;}; echo evil",
  );
  const names = [...variables.keys()].filter((name) => name.startsWith("HTTP_")).sort();
  assertEquals(names, ["HTTP_HOST", "HTTP_SHELLSHOCK"]);
});

test("credentials are for scripts only that are to have them (RFC 3875 9.2)", async () => {
  const line = "Authorization: Basic YTpi";
  await using without = serveScripts(ENV);
  assertEquals((await environmentOf(without, line)).has("HTTP_AUTHORIZATION"), false);
  await using served = serveScripts(ENV, { passAuthorization: true });
  assertEquals((await environmentOf(served, line)).get("HTTP_AUTHORIZATION"), "Basic YTpi");
});

test("a query never becomes words of a command line (RFC 3875 4.4, CVE-2012-1823)", async () => {
  await using served = serveScripts({ "a.cgi": shText(`printf '%s|%s' "$#" "$QUERY_STRING"`) });
  for (const query of ["x", "-s", "-d+allow_url_include%3D1", "a+b"]) {
    assertEquals((await served.get(`/a.cgi?${query}`)).text(), `0|${query}`);
  }
});

test("a script works in its own folder (RFC 3875 7.2)", async () => {
  await using served = serveScripts({ sub: { "a.cgi": shText("pwd -P") } });
  assertEquals((await served.get("/sub/a.cgi/x")).text(), `${served.directory}/sub\n`);
});

test("an environment larger than the system takes is an error of ours, told in one line", async () => {
  await using served = serveScripts(ENV, {
    server: { limits: { requestTarget: 300_000 } },
  });
  assertEquals((await served.get(`/env.cgi?${"x".repeat(200_000)}`)).status, 500);
  assertMatch(served.lines.join("\n"), /Cannot run .*Argument list too long.*/);
});

const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;
Deno.test({
  name: `a script that others may execute is 403${isRoot ? " (root may do everything)" : ""}`,
  ignore: ignore || isRoot,
  fn: async () => {
    await using served = serveScripts({ "a.cgi": executable("#!/bin/sh\n", 0o601) });
    assertEquals((await served.get("/a.cgi")).status, 403);
  },
});
