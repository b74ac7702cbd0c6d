// SIGHUP: another certificate for the program that runs, and nobody who notices.

import { makeSelfSigned, type SelfSigned } from "../../lib/net/self_signed.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../deps.ts";
import type { Program } from "../support/program.ts";
import { connect, type RawClient } from "../support/raw_client.ts";
import { startServing } from "./started_program.ts";
import { TempFolder } from "./temp_folder.ts";

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const GET_AND_CLOSE = GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
const TAKEN = /^New connections get the certificate in .*$/;
const STAYS = /^Cannot .*; the old certificate stays$/;
const ignore = Deno.build.os === "windows";

const [ONE, TWO] = await Promise.all([
  makeSelfSigned({ names: ["localhost"] }),
  makeSelfSigned({ names: ["localhost"] }),
]);

/** The program, the files from which it has its certificate, and clients that trust this or that one. */
class Served implements AsyncDisposable {
  readonly program: Program;
  readonly port: number;
  readonly #folder: TempFolder;

  private constructor(
    folder: TempFolder,
    { program, port }: { program: Program; port: number },
  ) {
    this.#folder = folder;
    this.program = program;
    this.port = port;
  }

  static async start(args: readonly string[] = []): Promise<Served> {
    const folder = await TempFolder.make({ "cert.pem": ONE.certificate, "key.pem": ONE.key });
    const tls = ["--tls-cert", `${folder.path}/cert.pem`, "--tls-key", `${folder.path}/key.pem`];
    try {
      return new Served(folder, await startServing([...tls, ...args]));
    } catch (error) {
      await folder[Symbol.asyncDispose]();
      throw error;
    }
  }

  write(identity: { certificate?: string; key?: string }): void {
    const { path } = this.#folder;
    if (identity.certificate !== undefined) {
      Deno.writeTextFileSync(`${path}/cert.pem`, identity.certificate);
    }
    if (identity.key !== undefined) Deno.writeTextFileSync(`${path}/key.pem`, identity.key);
  }

  remove(name: string): void {
    Deno.removeSync(`${this.#folder.path}/${name}`);
  }

  /** Sends SIGHUP and waits for the line that says what came of it. */
  async reload(said: RegExp): Promise<string> {
    const after = this.program.lines.length;
    this.program.signal("SIGHUP");
    const [line] = await this.program.waitForLine(said, { from: "stderr", after });
    return line;
  }

  connect(...trusted: readonly SelfSigned[]): Promise<RawClient> {
    return connect(this.port, { caCerts: trusted.map(({ certificate }) => certificate) });
  }

  /** Fails where the certificate is another one. */
  async assertHas(identity: SelfSigned): Promise<void> {
    using client = await this.connect(identity);
    await client.send(GET);
    assertEquals((await client.readResponse()).status, 200);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore, fn });
}

test("SIGHUP: new connections get the new certificate, open ones go on", async () => {
  await using served = await Served.start();
  using before = await served.connect(ONE);
  await before.send(GET);
  assertEquals((await before.readResponse()).status, 200);
  served.write(TWO);
  assertMatch(await served.reload(TAKEN), /cert\.pem$/);
  await before.send(GET);
  assertEquals((await before.readResponse()).status, 200);
  await served.assertHas(TWO);
  await assertRejects(() => served.assertHas(ONE), Error, "certificate");
  await before.send(GET);
  assertEquals((await before.readResponse()).status, 200);
  served.program.signal("SIGTERM");
  assertEquals((await served.program.waitForEnd()).code, 0);
});

test("SIGHUP: who connects again and again meets no failure in fifty reloads", async () => {
  await using served = await Served.start(["--log", "none"]);
  let isOver = false;
  const counts = await Promise.all([
    ...Array.from({ length: 8 }, async () => {
      let count = 0;
      while (!isOver) {
        using client = await served.connect(ONE, TWO);
        await client.send(GET_AND_CLOSE);
        const response = await client.readResponse();
        assertEquals([response.status, await client.readAllText()], [200, ""]);
        count++;
      }
      return count;
    }),
    (async () => {
      try {
        for (let turn = 0; turn < 50; turn++) {
          served.write(turn % 2 === 0 ? TWO : ONE);
          await served.reload(TAKEN);
        }
      } finally {
        isOver = true;
      }
      return 1;
    })(),
  ]);
  assert(counts.every((count) => count > 0), `Connections: ${counts}`);
  await served.assertHas(ONE);
});

test("SIGHUP: a pair that cannot be used is one line, and the old one stays", async () => {
  await using served = await Served.start();
  served.write({ key: TWO.key });
  assertMatch(
    await served.reload(STAYS),
    /^Cannot take another certificate: the certificate and its key cannot be used \(.+\); the old/,
  );
  served.write({ certificate: "nothing" });
  await served.reload(STAYS);
  served.remove("key.pem");
  assertMatch(await served.reload(STAYS), /^Cannot read --tls-key .*: there is no such file; the/);
  assertEquals(served.program.stderr.split("\n").length, 1 + 3);
  await served.assertHas(ONE);
  served.write(TWO);
  await served.reload(TAKEN);
  await served.assertHas(TWO);
});
