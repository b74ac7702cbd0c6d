// TLS as others see it: openssl s_client and curl against the program with a certificate of its own
// making, which is looked at by `openssl x509` first. And what is not TLS, on the TLS port; and TLS, on
// the plain one. What was agreed upon is read out of what s_client prints.

import { startServing } from "../cli/started_program.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../deps.ts";
import type { Program } from "../support/program.ts";
import { connect, type RawClient } from "../support/raw_client.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { findProgram, needs, runClient, siteFile, withTempDir } from "./client_program.ts";

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LAST_GET = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const BIG = 24 * 1024 * 1024;
/** A ClientHello's record and handshake type, and that the rest is on its way (RFC 8446 5.1, 4). */
const HALF_HELLO = Uint8Array.of(22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3);
/** A record of type alert, fatal: what a TLS server says before it closes. */
const FATAL_ALERT = [21, 3, 3, 0, 2, 2];
/** Without it s_client would not even offer the old versions. */
const WEAKEST = ["-cipher", "ALL:@SECLEVEL=0"];
const PLAIN = ["-q", "--noproxy", "*", "-sS", "--max-time", "60"];
const openssl = needs("openssl");
const curl = needs("openssl", "curl");

interface Served {
  readonly program: Program;
  readonly port: number;
  /** The certificate, in a file of its own. */
  readonly trusted: string;
  /** A connection that trusts it. */
  connect(): Promise<RawClient>;
}

/** A test with the program under TLS; `args` come after `--tls-self-signed`. */
function testTls(
  name: string,
  use: (served: Served, directory: string) => Promise<void>,
  { client = openssl, args = () => [] }: {
    client?: ReturnType<typeof needs>;
    args?: (directory: string) => readonly string[];
  } = {},
): void {
  Deno.test({
    name: name + client.because,
    ignore: client.ignore,
    fn: () =>
      withTempDir(async (directory) => {
        const given = ["--tls-self-signed", ...args(directory)];
        const { program, port } = await startServing(given);
        await using _ = program;
        const trusted = `${directory}/trusted.pem`;
        const { text } = await talk(port, { args: ["-showcerts"] });
        const [certificate = ""] = /-----BEGIN [^]*?-----END CERTIFICATE-----\n/.exec(text) ?? [];
        await Deno.writeTextFile(trusted, certificate);
        const connectTls = () => connect(port, { caCerts: [certificate] });
        await use({ program, port, trusted, connect: connectTls }, directory);
      }),
  });
}

/** What s_client prints when it sends `input` and then reads to the end, or until it is let go. */
async function talk(
  port: number,
  { args = [], input = LAST_GET }: { args?: readonly string[]; input?: string | Uint8Array } = {},
): Promise<{ text: string; code: number }> {
  const child = new Deno.Command(findProgram("openssl")!, {
    args: ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "localhost", ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // It may have failed to agree and be gone.
  const writing = writer.write(typeof input === "string" ? new TextEncoder().encode(input) : input)
    .catch(() => {});
  const patience = setTimeout(() => child.kill("SIGKILL"), 30_000);
  // Its input stays open, so what ends it is the server.
  const { code, stdout, stderr } = await child.output();
  clearTimeout(patience);
  await writing;
  await writer.close().catch(() => {});
  return {
    text: new TextDecoder("latin1").decode(stdout) + new TextDecoder().decode(stderr),
    code,
  };
}

testTls("openssl understands the certificate made at the start, and what it is for", async (
  { program, trusted },
) => {
  const { text } = await runClient("openssl", ["x509", "-in", trusted, "-noout", "-text"]);
  assertMatch(text(), /Version: 3/);
  assertMatch(text(), /Signature Algorithm: ecdsa-with-SHA256\n/);
  assertMatch(text(), /ASN1 OID: prime256v1/);
  assertMatch(text(), /Basic Constraints: critical\n\s+CA:FALSE\n/);
  assertMatch(text(), /Key Usage: critical\n\s+Digital Signature\n/);
  assertMatch(text(), /Extended Key Usage:\s+TLS Web Server Authentication\n/);
  assertMatch(
    text(),
    /DNS:localhost, IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1\n/,
  );
  const check = async (...args: readonly string[]) => {
    const { code, errors } = await runClient("openssl", [
      ...["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", trusted],
      ...args,
      trusted,
    ]);
    return [code, errors.includes("mismatch")];
  };
  assertEquals(await check("-verify_hostname", "localhost"), [0, false]);
  assertEquals(await check("-verify_ip", "127.0.0.1"), [0, false]);
  assertEquals(await check("-verify_ip", "::1"), [0, false]);
  assertEquals(await check("-verify_hostname", "example.com"), [2, true]);
  const fingerprint = await runClient("openssl", [
    ...["x509", "-in", trusted, "-noout", "-fingerprint", "-sha256"],
  ]);
  const [, shown = ""] = /=([0-9A-F:]+)/.exec(fingerprint.text()) ?? [];
  assertEquals(shown.length, 95);
  assertEquals(program.stderr.split("\n")[1], `  self-signed, SHA-256 ${shown}`);
});

testTls("TLS 1.2 and 1.3 are spoken, older versions refused", async ({ port }) => {
  for (const [flag, version] of [["-tls1_2", "TLSv1.2"], ["-tls1_3", "TLSv1.3"]] as const) {
    const { text } = await talk(port, { args: [flag] });
    assertStringIncludes(text, `New, ${version}, Cipher is `);
    assertStringIncludes(text, "HTTP/1.1 200 OK\r\n");
  }
  for (const flag of ["-tls1", "-tls1_1"]) {
    const { text } = await talk(port, { args: [flag, ...WEAKEST] });
    assertStringIncludes(text, "alert");
    assertStringIncludes(text, "New, (NONE), Cipher is (NONE)");
  }
});

testTls("1.2 is spoken with forward secrecy and authenticated ciphers alone", async ({ port }) => {
  for (const cipher of ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"]) {
    const { text } = await talk(port, { args: ["-tls1_2", "-cipher", cipher] });
    assertStringIncludes(text, `Cipher is ${cipher}`);
  }
  for (const cipher of ["ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256", "AES256-SHA"]) {
    const { text } = await talk(port, { args: ["-tls1_2", "-cipher", `${cipher}:@SECLEVEL=0`] });
    assertStringIncludes(text, "Cipher is (NONE)");
  }
});

testTls(
  "ALPN: HTTP/1.1 is agreed upon, HTTP/2 alone is refused (RFC 7301 3.2)",
  async ({ port }) => {
    for (const offered of ["http/1.1", "h2,http/1.1", "http/1.1,http/1.0"]) {
      const { text } = await talk(port, { args: ["-alpn", offered] });
      assertStringIncludes(text, "ALPN protocol: http/1.1\n");
      assertStringIncludes(text, "HTTP/1.1 200 OK\r\n");
    }
    const silent = await talk(port);
    assertStringIncludes(silent.text, "No ALPN negotiated");
    assertStringIncludes(silent.text, "HTTP/1.1 200 OK\r\n");
    for (const offered of ["h2", "acme-tls/1,h2c"]) {
      const { text } = await talk(port, { args: ["-alpn", offered] });
      assertStringIncludes(text, "alert no application protocol");
      assert(!text.includes("HTTP/1.1"), text);
    }
  },
);

testTls("no certificate is asked of the client", async ({ port }) => {
  for (const version of ["-tls1_2", "-tls1_3"]) {
    const { text } = await talk(port, { args: [version, "-msg"] });
    assertStringIncludes(text, "HTTP/1.1 200 OK\r\n");
    assert(!text.includes("CertificateRequest"), text);
  }
});

testTls("an answer ends with close_notify (RFC 8446 6.1, RFC 9112 9.8)", async ({ port }) => {
  for (const version of ["-tls1_2", "-tls1_3"]) {
    const { text, code } = await talk(port, { args: [version, "-msg"] });
    assertMatch(text, /<<< [^\n]*Alert \[length 0002\], warning close_notify/);
    assertEquals(code, 0);
  }
});

testTls("renegotiation is refused, and costs its own connection alone", async (
  { port, connect },
) => {
  using other = await connect();
  // s_client takes a line of one R for the order to renegotiate.
  const { text } = await talk(port, { args: ["-tls1_2"], input: "R\n" });
  assertStringIncludes(text, "RENEGOTIATING");
  assertStringIncludes(text, "no renegotiation");
  await assertAnswers(other);
});

testTls("a session goes on with what was agreed on before", async ({ port }, directory) => {
  const session = `${directory}/session`;
  for (const version of ["-tls1_2", "-tls1_3"]) {
    const first = await talk(port, { args: [version, "-sess_out", session] });
    assertStringIncludes(first.text, "New, TLS");
    const second = await talk(port, { args: [version, "-sess_in", session] });
    assertStringIncludes(second.text, "Reused, TLS");
    assertStringIncludes(second.text, "HTTP/1.1 200 OK\r\n");
  }
});

testTls("plain HTTP on the TLS port is closed, and does not hurt others", async (
  { port, connect: connectTls },
) => {
  using other = await connectTls();
  using plain = await connect(port);
  await plain.send(GET);
  assertEquals([...await plain.readAll()].slice(0, 6), FATAL_ALERT);
  await assertAnswers(other);
});

testTls("garbage on the TLS port is closed, and does not hurt others", async (
  { port, connect: connectTls },
) => {
  using other = await connectTls();
  const random = new SeededRandom();
  const hello = HALF_HELLO.subarray(0, 5);
  for (let turn = 0; turn < 30; turn++) {
    using client = await connect(port);
    const noise = random.bytes(1 + random.int(2_000));
    // Half of it looks like TLS at first.
    if (turn % 2 === 0) noise.set(hello.subarray(0, noise.length));
    await client.sendInPieces(noise, random.cuts(noise.length, 3));
    await client.closeWrite().catch(() => {});
    await client.readAll().catch((error) => {
      assertMatch(String(error), /reset by peer/i, `Seed ${random.seed}, turn ${turn}`);
    });
  }
  await assertAnswers(other);
});

testTls(
  "clients that leave in the middle of a handshake, or of an answer, do not hurt others",
  async (
    { port, connect: connectTls },
  ) => {
    using other = await connectTls();
    for (let turn = 0; turn < 10; turn++) {
      (await connect(port)).close();
      using half = await connect(port);
      await half.send(HALF_HELLO);
      using distrusting = await connect(port, { caCerts: [] }).catch(() => null);
      assertEquals(distrusting === null || await fails(distrusting), true);
      using leaving = await connectTls();
      await leaving.send("GET /test.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(20));
      await leaving.readBytes(1);
    }
    await assertAnswers(other);
  },
);

testTls("somebody who is silent in the middle of a handshake holds nobody up", async (
  { port, connect: connectTls },
) => {
  using silent = await connect(port);
  await silent.send(HALF_HELLO);
  using mute = await connect(port);
  using client = await connectTls();
  await assertAnswers(client);
  await assertAnswers(client);
  mute.close();
  silent.close();
});

testTls("TLS on a plain port gets a 400 that says nothing of its octets", async ({ trusted }) => {
  const { program, port } = await startServing();
  await using _ = program;
  using client = await connect(port);
  await client.send(HALF_HELLO);
  const response = await client.readResponse();
  assertEquals([response.status, response.field("connection")], [400, "close"]);
  assertMatch(response.text(), /\(RFC 9112 [\d.]+\)\n$/);
  const { text } = await talk(port, { args: ["-CAfile", trusted] });
  assertMatch(text, /wrong version number|unexpected/);
  using another = await connect(port);
  await assertAnswers(another);
});

testTls("a big file arrives over TLS byte for byte, whole and in a part", async (
  { port, connect, trusted },
  directory,
) => {
  const big = await Deno.readFile(`${directory}/big.bin`);
  const url = `https://localhost:${port}/big.bin`;
  for (const version of [["--tls-max", "1.2"], ["--tlsv1.3"]]) {
    const told = await runClient("curl", [...PLAIN, "--cacert", trusted, ...version, url]);
    assertEquals([told.code, told.errors], [0, ""]);
    assert(equal(told.output, big), "The octets differ");
  }
  const part = ["-r", `${BIG - 1000}-`];
  const last = await runClient("curl", [...PLAIN, "--cacert", trusted, ...part, url]);
  assert(equal(last.output, big.subarray(BIG - 1000)), "The octets of the part differ");
  // One that reads slowly at first, on a connection that goes on.
  using client = await connect();
  await client.send("GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert(equal((await client.readResponse()).content, big), "The octets differ");
  await client.send("HEAD /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assertEquals((await client.readResponse({ head: true })).field("content-length"), String(BIG));
}, {
  client: curl,
  args: (directory) => {
    Deno.writeFileSync(`${directory}/big.bin`, new SeededRandom(1).bytes(BIG));
    return [directory];
  },
});

testTls("a connection is kept over TLS, and requests may follow one another at once", async (
  { connect },
) => {
  using client = await connect();
  const picture = siteFile("test.jpg");
  await client.send((GET + GET.replace("/ ", "/test.jpg ")).repeat(3));
  for (let turn = 0; turn < 3; turn++) {
    assertStringIncludes((await client.readResponse()).text(), "Wow, Python Server");
    assertEquals((await client.readResponse()).content, picture);
  }
  await assertAnswers(client);
  await client.send(LAST_GET);
  assertEquals((await client.readResponse()).status, 200);
  assertEquals(await client.readAllText(), "");
});

testTls("curl gets the page by each name of the certificate, and by no other", async (
  { port, trusted },
) => {
  const to = ["--connect-to", `::127.0.0.1:${port}`, "-g", "--cacert", trusted];
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    const told = await runClient("curl", [...PLAIN, ...to, `https://${host}:${port}/`]);
    assertEquals([told.code, told.errors], [0, ""]);
    assertStringIncludes(told.text(), "Wow, Python Server");
  }
  const other = await runClient("curl", [...PLAIN, ...to, `https://example.com:${port}/`]);
  assertEquals(other.code, 60, other.errors);
  const distrusting = await runClient("curl", [...PLAIN, `https://localhost:${port}/`]);
  assertEquals(distrusting.code, 60, distrusting.errors);
}, { client: curl });

Deno.test({
  name: `--lan: the certificate is good for every address that is shown${curl.because}`,
  ignore: curl.ignore,
  fn: () =>
    withTempDir(async (directory) => {
      const { program, port } = await startServing(["--lan", "--tls-self-signed"]);
      await using _ = program;
      const { text } = await talk(port, { args: ["-showcerts"] });
      const [certificate = ""] = /-----BEGIN [^]*?-----END CERTIFICATE-----\n/.exec(text) ?? [];
      await Deno.writeTextFile(`${directory}/trusted.pem`, certificate);
      const urls = [...program.stderr.matchAll(/https:\/\/\S+/g)].map(([url]) => url);
      assert(urls.length > 0);
      for (const url of urls) {
        const trusting = ["--cacert", `${directory}/trusted.pem`, "-g"];
        const told = await runClient("curl", [...PLAIN, ...trusting, url]);
        assertEquals([url, told.code, told.errors], [url, 0, ""]);
      }
    }),
});

/** Fails unless the connection is still good for a request. */
async function assertAnswers(client: RawClient): Promise<void> {
  await client.send(GET);
  assertEquals((await client.readResponse()).status, 200);
}

async function fails(client: RawClient): Promise<boolean> {
  await assertRejects(async () => {
    await client.send(GET);
    await client.readResponse();
  });
  return true;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
