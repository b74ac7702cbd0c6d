// ApacheBench, which speaks HTTP/1.0 and asks for keep-alive by hand: many requests, and none may fail.

import { startServing } from "../cli/started_program.ts";
import { assertEquals } from "../deps.ts";
import { needs, runClient, siteFile } from "./client_program.ts";

const { ignore, because } = needs("ab");
const FILES = [["/", "index.html"], ["/test.jpg", "test.jpg"]] as const;

/** What ab's report says under a name; null where it says nothing. */
function told(report: string, name: string): number | null {
  const [, number] = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(report) ?? [];
  return number === undefined ? null : Number(number);
}

for (const [path, file] of FILES) {
  const length = siteFile(file).length;
  Deno.test({
    name: `ab -k gets ${path} 2000 times over 20 connections that stay${because}`,
    ignore,
    fn: () => compare(path, { args: ["-k", "-n", "2000"], count: 2000, kept: 2000, length }),
  });
  Deno.test({
    name: `ab gets ${path} 200 times, with a connection for each${because}`,
    ignore,
    fn: () => compare(path, { args: ["-n", "200"], count: 200, kept: null, length }),
  });
}

async function compare(
  path: string,
  { args, count, kept, length }: {
    args: readonly string[];
    count: number;
    kept: number | null;
    length: number;
  },
): Promise<void> {
  const { program, port } = await startServing(["--log", "none"]);
  await using _ = program;
  const url = `http://127.0.0.1:${port}${path}`;
  const { code, text, errors } = await runClient("ab", ["-q", "-c", "20", ...args, url]);
  const report = text();
  assertEquals(code, 0, errors);
  assertEquals(
    {
      complete: told(report, "Complete requests"),
      failed: told(report, "Failed requests"),
      kept: told(report, "Keep-Alive requests"),
      not200: told(report, "Non-2xx responses"),
      octets: told(report, "HTML transferred"),
      length: told(report, "Document Length"),
    },
    { complete: count, failed: 0, kept, not200: null, octets: count * length, length },
    report,
  );
}
