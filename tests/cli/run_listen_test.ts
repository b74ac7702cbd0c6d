// The program's sockets: a taken port, Unix sockets, TLS.

import { assertEquals, assertMatch } from "../deps.ts";
import { connect } from "../support/raw_client.ts";
import { start, startServing } from "./started_program.ts";

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const ignoreOnWindows = Deno.build.os === "windows";

async function withTempDir(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("a taken port is one line that names another, and exit status 1", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  await using program = start(["--port", String(port)]);
  assertEquals((await program.waitForEnd()).code, 1);
  const advice = port < 65535 ? ` (try --port ${port + 1})` : "";
  assertEquals([program.stdout, program.stderr], [
    "",
    `Cannot listen on 127.0.0.1:${port}: the port is taken${advice}`,
  ]);
});

Deno.test("an address that is not this machine's is one line and exit status 1", async () => {
  // 192.0.2.0/24 is for documentation (RFC 5737).
  await using program = start(["--host", "192.0.2.1"]);
  assertEquals((await program.waitForEnd()).code, 1);
  assertEquals(program.stderr, "Cannot listen on 192.0.2.1:8000: this machine has no such address");
});

Deno.test({
  name: "--listen unix: serves on a Unix socket and removes it at the end",
  ignore: ignoreOnWindows,
  fn: () =>
    withTempDir(async (directory) => {
      const path = `${directory}/web.sock`;
      const { program } = await startServing(["--listen", `unix:${path}`]);
      await using _ = program;
      using client = await connect({ path });
      await client.send(GET);
      assertEquals((await client.readResponse()).status, 200);
      await program.waitForLine(/^unix: - - .* 200 /, { from: "stdout" });
      program.signal("SIGTERM");
      assertEquals((await program.waitForEnd()).code, 0);
      assertEquals(exists(path), false);
    }),
});

Deno.test({
  name: "a Unix socket that nobody serves any more is replaced, another server's is left alone",
  ignore: ignoreOnWindows,
  fn: () =>
    withTempDir(async (directory) => {
      const path = `${directory}/web.sock`;
      const { program: killed } = await startServing(["--listen", `unix:${path}`]);
      killed.signal("SIGKILL");
      await killed.waitForEnd();
      assertEquals(exists(path), true);
      const { program } = await startServing(["--listen", `unix:${path}`]);
      await using _ = program;
      await using second = start(["--listen", `unix:${path}`]);
      assertEquals((await second.waitForEnd()).code, 1);
      assertEquals(
        second.stderr,
        `Cannot listen on unix:${path}: another server answers there`,
      );
      using client = await connect({ path });
      await client.send(GET);
      assertEquals((await client.readResponse()).status, 200);
    }),
});

Deno.test({
  name: "a file that is no socket is not replaced",
  ignore: ignoreOnWindows,
  fn: () =>
    withTempDir(async (directory) => {
      const path = `${directory}/notes.txt`;
      await Deno.writeTextFile(path, "mine");
      await using program = start(["--listen", `unix:${path}`]);
      assertEquals((await program.waitForEnd()).code, 1);
      assertMatch(
        program.stderr,
        /^Cannot listen on unix:.*: a file that is not a socket is in the way$/,
      );
      assertEquals(await Deno.readTextFile(path), "mine");
    }),
});

const openssl = await hasOpenssl();
const ignoreWithoutOpenssl = !openssl;
const because = openssl ? "" : " (ignored: openssl is missing)";

Deno.test({
  name: `--tls-cert and --tls-key serve https${because}`,
  ignore: ignoreWithoutOpenssl,
  fn: () =>
    withTempDir(async (directory) => {
      const { certificate, key } = await makeIdentity(directory, "one");
      const args = ["--tls-cert", certificate, "--tls-key", key];
      const { program, port } = await startServing(args);
      await using _ = program;
      assertMatch(program.stderr, /at https:\/\/127\.0\.0\.1:\d+\/$/);
      const caCerts = [await Deno.readTextFile(certificate)];
      using client = await connect(port, { caCerts });
      await client.send(GET);
      assertEquals((await client.readResponse()).status, 200);
      await program.waitForLine(/"GET \/ HTTP\/1\.1" 200/, { from: "stdout" });
    }),
});

Deno.test({
  name: `a certificate and a key that do not belong together are one line${because}`,
  ignore: ignoreWithoutOpenssl,
  fn: () =>
    withTempDir(async (directory) => {
      const [one, two] = [
        await makeIdentity(directory, "one"),
        await makeIdentity(directory, "two"),
      ];
      await using program = start(["-p0", "--tls-cert", one.certificate, "--tls-key", two.key]);
      assertEquals((await program.waitForEnd()).code, 1);
      assertMatch(
        program.stderr,
        /^Cannot listen on 127\.0\.0\.1:0: the certificate and its key cannot be used \(.+\)$/,
      );
      await using swapped = start(["-p0", "--tls-cert", one.key, "--tls-key", one.certificate]);
      assertEquals((await swapped.waitForEnd()).code, 1);
      assertMatch(
        swapped.stderr,
        /^Cannot listen on .* cannot be used \(No certificates found.*\)$/,
      );
    }),
});

Deno.test("a certificate file that is not there is one line and exit status 1", async () => {
  await using program = start(["--tls-cert", "/no/cert.pem", "--tls-key", "/no/key.pem"]);
  assertEquals((await program.waitForEnd()).code, 1);
  assertEquals(program.stderr, "Cannot read --tls-cert /no/cert.pem: there is no such file");
});

async function hasOpenssl(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("openssl", { args: ["version"] }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A key and a certificate for localhost that it has signed itself. */
async function makeIdentity(
  directory: string,
  name: string,
): Promise<{ certificate: string; key: string }> {
  const [certificate, key] = [`${directory}/${name}.pem`, `${directory}/${name}.key`];
  const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 " +
    "-subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE";
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [...request.split(" "), "-keyout", key, "-out", certificate],
  }).output();
  if (!success) throw new Error(`Cannot make a certificate: ${new TextDecoder().decode(stderr)}`);
  return { certificate, key };
}
