// Runs a case of the corpus over TCP: sends it, cut as the test says, and compares statuses, what the
// handler saw, and what becomes of the connection. The peer must read to the end without a reset,
// whatever it went on sending.

import { assert, assertEquals } from "../deps.ts";
import { type Answer, type CorpusCase, differenceFrom } from "./corpus.ts";
import type { serveEcho } from "./echo_server.ts";
import type { RawClient, RawResponse } from "./raw_client.ts";

type EchoServer = ReturnType<typeof serveEcho>;

/** How the answer differs from what the case expects, null where it does not. Rejects for a broken answer. */
export async function runCase(
  server: EchoServer,
  { each, cuts }: { each: CorpusCase; cuts: readonly number[] },
): Promise<string | null> {
  using client = await server.connect();
  const sent = await client.sendInPieces(each.request, cuts);
  assertEquals(sent, each.request.length, "The server did not let the peer finish");
  if (each.ends) await client.closeWrite();
  const answers: Answer[] = [];
  let last: RawResponse | null = null;
  for (const { line } of each.answers) {
    last = await nextResponse(client, / HEAD /.test(line));
    answers.push(toAnswer(last, server.seenBy(client), answers));
  }
  return differenceFrom(each, { answers, staysOpen: await staysOpen(client, { each, last }) });
}

/** The next final response; interim ones depend on what had arrived when. */
async function nextResponse(client: RawClient, head: boolean): Promise<RawResponse> {
  for (;;) {
    const response = await client.readResponse({ head });
    if (response.status >= 200) return response;
    assertEquals(response.status, 100);
  }
}

function toAnswer(response: RawResponse, seen: Answer[], before: Answer[]): Answer {
  const [, section] = /\((RFC \d{4} [\d.]+)\)\n$/.exec(response.text()) ?? [];
  if (section !== undefined) return { line: `${response.status} ${section}`, fields: [] };
  const request = seen[before.length];
  assert(request !== undefined, `${response.status} for a request that the handler did not see`);
  assertEquals(Number(request.line.slice(0, 3)), response.status);
  const [, method, target] = request.line.split(" ");
  if (response.framing !== "none") assertEquals(response.text(), `${method} ${target}`);
  return request;
}

async function staysOpen(
  client: RawClient,
  { each, last }: { each: CorpusCase; last: RawResponse | null },
): Promise<boolean> {
  const closes = last?.field("connection")?.toLowerCase() === "close";
  if (closes || each.ends) {
    assertEquals(await client.readAllText(), "", "Octets behind the last answer");
    return false;
  }
  await client.send("GET /probe HTTP/1.1\r\nHost: probe\r\n\r\n");
  const probe = await client.readResponse();
  assertEquals([probe.status, probe.text()], [200, "GET /probe"]);
  return true;
}
