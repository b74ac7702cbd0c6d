// curl against the program: what people type first, and what they type when they test a server.

import { startServing } from "../cli/started_program.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps.ts";
import { type ClientResult, needs, runClient, siteFile, withTempDir } from "./client_program.ts";

const PAGE = siteFile("index.html");
const PICTURE = siteFile("test.jpg");
/** No ~/.curlrc, no proxy from the environment, no progress, no waiting for ever. */
const PLAIN = ["-q", "--noproxy", "*", "-sS", "--max-time", "30"];
/** What is told of each transfer, one line each; `num_connects` is 0 where a connection was used again. */
const TOLD = ["-w", "%{http_code} %{http_version} %{num_connects} %{size_download}\\n"];
const NOTHING = Deno.build.os === "windows" ? "NUL" : "/dev/null";
const { ignore, because } = needs("curl");
const tls = needs("curl", "openssl");
const ipv6 = hasIpv6();

/** A test with the program and curl; `url` ends in a slash. */
function testCurl(
  name: string,
  use: (url: string, started: Awaited<ReturnType<typeof startServing>>) => Promise<void>,
  options: { args?: readonly string[]; ignore?: boolean; because?: string } = {},
): void {
  Deno.test({
    name: name + (options.because || because),
    ignore: ignore || (options.ignore ?? false),
    fn: async () => {
      const started = await startServing(options.args);
      await using _ = started.program;
      await use(`http://127.0.0.1:${started.port}/`, started);
    },
  });
}

/** Runs curl, which must be content. */
async function curl(...args: readonly string[]): Promise<ClientResult> {
  const result = await runClient("curl", [...PLAIN, ...args]);
  assertEquals([result.code, result.errors], [0, ""], `curl ${args.join(" ")}`);
  return result;
}

testCurl(
  "curl gets the page and the picture, byte for byte, over one connection",
  (url) =>
    withTempDir(async (directory) => {
      const [page, picture] = [`${directory}/page`, `${directory}/picture`];
      const told = await curl(...TOLD, url, "-o", page, `${url}test.jpg`, "-o", picture);
      assertEquals(
        told.text(),
        `200 1.1 1 ${PAGE.length}\n200 1.1 0 ${PICTURE.length}\n`,
      );
      assertEquals(await Deno.readFile(page), PAGE);
      assertEquals(await Deno.readFile(picture), PICTURE);
    }),
);

testCurl("curl -I gets the fields of GET and keeps the connection", async (url, { program }) => {
  const told = await curl("-I", ...TOLD, url, `${url}test.jpg`, `${url}favicon.ico`);
  const blocks = told.text().split("\r\n\r\n");
  assertMatch(blocks[0] ?? "", /^HTTP\/1\.1 200 OK\r\n/);
  assertMatch(blocks[0] ?? "", /^content-type: text\/html; charset=utf-8\r?$/im);
  assertMatch(blocks[1] ?? "", /^content-type: image\/jpeg\r?$/im);
  assertMatch(blocks[1] ?? "", new RegExp(`^content-length: ${PICTURE.length}\r?$`, "im"));
  assertEquals(told.text().match(/^200 1\.1 \d 0$/gm), [
    "200 1.1 1 0",
    "200 1.1 0 0",
    "200 1.1 0 0",
  ]);
  await program.waitForLine(/"HEAD \/test\.jpg HTTP\/1\.1" 200 .* "curl\/[\d.]+/, {
    from: "stdout",
  });
});

for (
  const [what, args] of [
    ["POST", ["-d", "a=b"]],
    ["PUT", ["-X", "PUT", "-d", "a"]],
    ["DELETE", ["-X", "DELETE"]],
    ["a form with a file", ["-F", `file=@${import.meta.filename}`]],
    ["chunked POST", ["-d", "a=b", "-H", "Transfer-Encoding: chunked"]],
    ["POST that expects 100", ["-d", "a=b", "-H", "Expect: 100-continue"]],
  ] as const
) {
  testCurl(`${what} to the page by curl is 405 with Allow, and the server goes on`, async (url) => {
    const told = await curl(
      "-i",
      ...TOLD,
      ...args,
      url,
      "--next",
      ...PLAIN,
      url,
      "-o",
      NOTHING,
      ...TOLD,
    );
    assertMatch(told.text(), /^HTTP\/1\.1 405 Method Not Allowed\r$/m);
    assertMatch(told.text(), /^allow: GET, HEAD, OPTIONS\r$/im);
    assertMatch(told.text(), new RegExp(`^200 1\\.1 [01] ${PAGE.length}$`, "m"));
  });
}

testCurl("curl reuses the connection after a refused POST", async (url) => {
  const told = await curl("-d", "a=b", ...TOLD, url, "-o", NOTHING, url, "-o", NOTHING);
  assertMatch(told.text(), /^405 1\.1 1 \d+\n405 1\.1 0 \d+\n$/);
});

for (const expect of ["Expect: 100-continue", "Expect:"]) {
  testCurl(
    `curl hears 405 for 20 MB that nobody wants (${expect})`,
    (url) =>
      withTempDir(async (directory) => {
        const file = `${directory}/big`;
        await Deno.writeFile(file, new Uint8Array(20 * 1024 * 1024));
        const told = await curl("-H", expect, "-T", file, ...TOLD, "-o", NOTHING, url);
        assertMatch(told.text(), /^405 1\.1 1 \d+\n$/);
      }),
  );
}

testCurl(
  "curl --http1.0 gets everything, and a connection for each unless it asks",
  async (url) => {
    const urls = [url, "-o", NOTHING, `${url}test.jpg`, "-o", NOTHING];
    const each = await curl("--http1.0", ...TOLD, ...urls);
    const sizes = [PAGE.length, PICTURE.length];
    assertMatch(
      each.text(),
      new RegExp(`^200 1\\.[01] 1 ${sizes[0]}\n200 1\\.[01] 1 ${sizes[1]}\n$`),
    );
    const kept = await curl("--http1.0", "-H", "Connection: keep-alive", ...TOLD, ...urls);
    assertEquals(kept.text(), each.text().replace(/ 1 (\d+\n)$/, " 0 $1"));
    const head = await curl("--http1.0", "-I", url);
    assertMatch(head.text(), new RegExp(`^content-length: ${sizes[0]}\r$`, "im"));
  },
);

testCurl(
  "curl takes ranges, and goes on with a download that broke off",
  (url) =>
    withTempDir(async (directory) => {
      const part = await curl("-r", "1000-1999", `${url}test.jpg`);
      assertEquals(part.output, PICTURE.slice(1000, 2000));
      const last = await curl("-r", "-7", `${url}test.jpg`);
      assertEquals(last.output, PICTURE.slice(-7));
      const file = `${directory}/picture`;
      await Deno.writeFile(file, PICTURE.slice(0, 4321));
      const told = await curl("-C", "-", "-o", file, ...TOLD, `${url}test.jpg`);
      assertEquals(told.text(), `206 1.1 1 ${PICTURE.length - 4321}\n`);
      assertEquals(await Deno.readFile(file), PICTURE);
    }),
);

testCurl("curl does not get again what it has", (url) =>
  withTempDir(async (directory) => {
    const [tag, file] = [`${directory}/etag`, `${directory}/page`];
    const first = await curl("-R", "--etag-save", tag, "-o", file, ...TOLD, url);
    assertEquals(first.text(), `200 1.1 1 ${PAGE.length}\n`);
    const same = await curl("--etag-compare", tag, "-o", NOTHING, ...TOLD, url);
    assertEquals(same.text(), "304 1.1 1 0\n");
    const unchanged = await curl("-z", file, "-o", NOTHING, ...TOLD, url);
    assertEquals(unchanged.text(), "304 1.1 1 0\n");
  }));

testCurl("curl gets the picture fifty times at once", async (url) => {
  const parallel = ["-Z", "--parallel-max", "50", "--parallel-immediate", "--no-progress-meter"];
  const told = await curl(...parallel, ...TOLD, "-o", NOTHING, `${url}test.jpg?[1-50]`);
  const lines = told.text().trimEnd().split("\n");
  assertEquals(lines.length, 50);
  const odd = lines.filter((line) =>
    !line.startsWith("200 ") || !line.endsWith(` ${PICTURE.length}`)
  );
  assertEquals(odd, []);
});

testCurl("curl's offer of HTTP/2 is passed over, and its insistence refused", async (url) => {
  const offered = await curl("--http2", ...TOLD, "-o", NOTHING, url);
  assertEquals(offered.text(), `200 1.1 1 ${PAGE.length}\n`);
  const insisted = await runClient("curl", [...PLAIN, "--http2-prior-knowledge", url]);
  assert(insisted.code !== 0 && insisted.code !== 28, `curl ended with ${insisted.code}`);
  await curl("-o", NOTHING, url);
});

testCurl("what is not there is 404, and no way leads out of the site", async (url) => {
  const targets = [
    "missing",
    "../../etc/passwd",
    "%2e%2e/deno.json",
    "README.md",
    "make_picture.ts",
  ];
  for (const target of targets) {
    const told = await curl("--path-as-is", "-i", url + target);
    assertMatch(told.text(), /^HTTP\/1\.1 40[04] /);
    assertEquals(told.text().includes(target), false, "It repeats what was asked for");
  }
});

testCurl("curl that takes the server for its proxy gets the page (RFC 9112 3.2.2)", async (url) => {
  const args = [
    "-q",
    "-sS",
    "--max-time",
    "30",
    "--noproxy",
    "",
    "-x",
    url,
    "http://nowhere.invalid/",
  ];
  const { code, output, errors } = await runClient("curl", args);
  assertEquals([code, errors], [0, ""]);
  assertEquals(output, PAGE);
});

testCurl("localhost means the server, without an option", async (_, { port }) => {
  assertEquals((await curl(`http://localhost:${port}/`)).output, PAGE);
});

testCurl("curl reaches --host ::1 by the address that the start line shows", async (_, started) => {
  const [, url = ""] = await started.program.waitForLine(/ at (http:\/\/\[::1\]:\d+\/)$/);
  assertEquals((await curl("-g", url)).output, PAGE);
  await started.program.waitForLine(/^::1 - - .*"GET \/ HTTP\/1\.1" 200 /, { from: "stdout" });
}, { args: ["--host", "::1"], ignore: !ipv6, because: ipv6 ? "" : " (ignored: no IPv6 here)" });

testCurl("--lan: every address that the start lines show answers", async (_, { program, port }) => {
  const urls = program.stderr.split("\n").map((line) => /https?:\/\/\S+/.exec(line)?.[0] ?? line);
  assertEquals(urls[0], `http://127.0.0.1:${port}/`);
  for (const url of urls) assertEquals((await curl("-g", url)).output, PAGE);
}, { args: ["--lan"] });

Deno.test({
  name: `the curl command that a Unix socket's start line shows gets the page${because}`,
  ignore: ignore || Deno.build.os === "windows",
  fn: () =>
    withTempDir(async (directory) => {
      const { program } = await startServing(["--listen", `unix:${directory}/web.sock`]);
      await using _ = program;
      const [, command = ""] = await program.waitForLine(/\(curl (.*)\)$/, { from: "stderr" });
      assertEquals((await curl(...command.split(" "))).output, PAGE);
    }),
});

Deno.test({
  name: `curl --cacert gets the page over TLS, on one connection${tls.because}`,
  ignore: tls.ignore,
  fn: () =>
    withTempDir(async (directory) => {
      const [certificate, key] = [`${directory}/cert.pem`, `${directory}/key.pem`];
      const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 " +
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1";
      const made = await runClient("openssl", [
        ...request.split(" "),
        ...["-keyout", key, "-out", certificate],
      ]);
      assertEquals(made.code, 0, made.errors);
      const { program, port } = await startServing(["--tls-cert", certificate, "--tls-key", key]);
      await using _ = program;
      const secure = `https://localhost:${port}/`;
      const trusted = ["--cacert", certificate, ...TOLD];
      const told = await curl(
        ...trusted,
        secure,
        "-o",
        NOTHING,
        `${secure}test.jpg`,
        "-o",
        NOTHING,
      );
      assertEquals(told.text(), `200 1.1 1 ${PAGE.length}\n200 1.1 0 ${PICTURE.length}\n`);
      const picture = await curl("--cacert", certificate, `https://127.0.0.1:${port}/test.jpg`);
      assertEquals(picture.output, PICTURE);
      // One who does not trust it leaves in the middle of the handshake, one who speaks no TLS at once.
      const untrusting = await runClient("curl", [...PLAIN, secure]);
      assertEquals(untrusting.code, 60, untrusting.errors);
      const plain = await runClient("curl", [...PLAIN, `http://localhost:${port}/`]);
      assert(plain.code !== 0 && plain.code !== 28, `curl ended with ${plain.code}`);
      const again = await curl("--cacert", certificate, secure);
      assertStringIncludes(again.text(), "Wow, Python Server");
    }),
});

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}
