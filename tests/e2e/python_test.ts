// Python's http.client, as its scripts use it: one connection, many methods; then many connections.

import { startServing } from "../cli/started_program.ts";
import { assertEquals } from "../deps.ts";
import { needs, runClient, siteFile } from "./client_program.ts";

const { ignore, because } = needs("python3");
const SCRIPT = `${import.meta.dirname}/http_client.py`;
const PAGE = siteFile("index.html");
const PICTURE = siteFile("test.jpg");

interface Answer {
  readonly status: number;
  readonly version: number;
  readonly type: string | null;
  readonly declared: string | null;
  readonly length: number;
  readonly digest: string;
  readonly allow: string | null;
  readonly range: string | null;
  readonly closes: boolean;
}

interface Report {
  readonly answers: Record<string, Answer>;
  readonly "same connection": boolean;
  readonly "at once": readonly string[];
  readonly "last wish": readonly [closes: boolean, closed: boolean];
}

Deno.test({
  name: `http.client does everything over one connection, and much at once${because}`,
  ignore,
  fn: async () => {
    const { program, port } = await startServing();
    await using _ = program;
    const { code, text, errors } = await runClient("python3", [
      "-I",
      SCRIPT,
      String(port),
    ]);
    assertEquals([code, errors], [0, ""]);
    const report: Report = JSON.parse(text());
    const pick = (name: string, ...keys: (keyof Answer)[]) =>
      keys.map((key) => report.answers[name]?.[key]);

    for (const name of ["page", "again"]) {
      assertEquals(pick(name, "status", "version", "type", "digest"), [
        ...[200, 11, "text/html; charset=utf-8"],
        await sha256(PAGE),
      ]);
    }
    assertEquals(pick("picture", "status", "type", "digest"), [
      ...[200, "image/jpeg"],
      await sha256(PICTURE),
    ]);
    assertEquals(pick("head", "status", "declared", "length"), [200, String(PICTURE.length), 0]);
    assertEquals(pick("post", "status", "allow"), [405, "GET, HEAD, OPTIONS"]);
    assertEquals(pick("chunked", "status", "allow"), [405, "GET, HEAD, OPTIONS"]);
    assertEquals(pick("range", "status", "range", "digest"), [
      ...[206, `bytes 100-199/${PICTURE.length}`],
      await sha256(PICTURE.slice(100, 200)),
    ]);
    assertEquals(pick("beyond", "status", "range"), [416, `bytes */${PICTURE.length}`]);
    assertEquals(pick("missing", "status"), [404]);
    assertEquals(pick("options", "status", "allow"), [204, "GET, HEAD, OPTIONS"]);
    const closing = Object.keys(report.answers).filter((name) => report.answers[name]?.closes);
    assertEquals([closing, report["same connection"]], [[], true]);

    assertEquals(report["at once"], Array(100).fill(await sha256(PICTURE)));
    assertEquals(report["last wish"], [true, true]);
    await program.waitForLine(/"OPTIONS \* HTTP\/1\.1" 204 - "-" "-"$/, { from: "stdout" });
  },
});

async function sha256(octets: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", octets)).toHex();
}
