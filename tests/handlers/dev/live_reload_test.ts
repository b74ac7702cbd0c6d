// Pages that load themselves again: what is added to which answers, for whom, and what pages are told.

import {
  DEV_EVENTS_PATH,
  DEV_SCRIPT_PATH,
  LiveReload,
} from "../../../lib/handlers/dev/live_reload.ts";
import { FieldBlock } from "../../../lib/http1/field_block.ts";
import { ContentParts, FileSlice, SizedStream } from "../../../lib/server/file_slice.ts";
import type { Handler, HttpRequest, HttpResponse } from "../../../lib/server/handler.ts";
import { ReadyAnswer } from "../../../lib/server/ready_answer.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../../deps.ts";
import { getWith, requestOf } from "../../support/request.ts";
import { startServer } from "../../support/server.ts";
import { streamOf } from "../../support/stream_of.ts";

const STATIC = new URL("../../../static/", import.meta.url);
const PAGE = "<!DOCTYPE html><p>Hello</p></html>";
const SCRIPT = /^<script src="\/\.rawserve\/dev\.js\?([\w.-]+)" async><\/script>\n$/;
const NAVIGATION = "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
const HTML = ["Content-Type", "text/html; charset=utf-8"] as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Lines = readonly (readonly [string, string])[];

function page(lines: Lines = [HTML], status = 200): HttpResponse {
  return { status, fields: new FieldBlock(lines), content: encoder.encode(PAGE) };
}

/** What `wrap` makes of `handler`'s answer to `request`. */
async function answerTo(request: HttpRequest, handler: Handler): Promise<HttpResponse> {
  return await new LiveReload({ staticDirectory: STATIC }).wrap(handler)(request);
}

function textOf({ content }: HttpResponse): string {
  return content instanceof Uint8Array ? decoder.decode(content) : "";
}

async function pageFile(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, PAGE);
  return { path, remove: () => Deno.remove(path) };
}

const kinds: [
  kind: string,
  toContent: (path: string) => HttpResponse["content"],
  sized: boolean,
][] = [
  ["octets", () => encoder.encode(PAGE), true],
  ["a slice of a file", (path) => {
    return new FileSlice(Deno.openSync(path), { offset: 0, length: PAGE.length });
  }, true],
  ["parts", () => {
    const halves = [PAGE.slice(0, 5), PAGE.slice(5)].map((half) => encoder.encode(half));
    return new ContentParts(PAGE.length, () => halves);
  }, true],
  ["a stream of known length", () => new SizedStream(PAGE.length, streamOf(PAGE)), true],
  ["a stream", () => streamOf(PAGE.slice(0, 5), PAGE.slice(5)), false],
];

for (const [kind, toContent, isSized] of kinds) {
  for (const way of ["at once", "by promise"]) {
    Deno.test(`an HTML page that is ${kind}, answered ${way}, gets the script at its end, and a right length`, async () => {
      const { path, remove } = await pageFile();
      const reload = new LiveReload({ staticDirectory: STATIC });
      const handler = reload.wrap(() => {
        const response = { status: 200, fields: new FieldBlock([HTML]), content: toContent(path) };
        return way === "at once" ? response : Promise.resolve(response);
      });
      await using server = startServer(handler);
      const url = `http://127.0.0.1:${server.port}/`;
      const headers = { Accept: "text/html" };
      const response = await fetch(url, { headers });
      const text = await response.text();
      assertEquals(text.slice(0, PAGE.length), PAGE);
      assertMatch(text.slice(PAGE.length), SCRIPT);
      const head = await fetch(url, { method: "HEAD", headers });
      await head.body?.cancel();
      const length = isSized ? String(text.length) : null;
      assertEquals([response, head].map((one) => one.headers.get("content-length")), [
        length,
        length,
      ]);
      await remove();
    });
  }
}

Deno.test("an answer that is ready for everybody is not changed by what one of them gets", async () => {
  const ready = new ReadyAnswer({
    status: 200,
    fields: new FieldBlock([HTML]),
    content: encoder.encode(PAGE),
  });
  const answer = await answerTo(getWith(NAVIGATION), () => ready);
  assertMatch(textOf(answer).slice(PAGE.length), SCRIPT);
  assertEquals(textOf(ready), PAGE);
});

for (const status of [200, 201, 404, 500]) {
  Deno.test(`a page of status ${status} gets the script`, async () => {
    const answer = await answerTo(getWith(NAVIGATION), () => page([HTML], status));
    assertEquals(answer.status, status);
    assertMatch(textOf(answer).slice(PAGE.length), SCRIPT);
  });
}

const untouched: [what: string, request: HttpRequest, response: HttpResponse][] = [
  ["plain text", getWith(NAVIGATION), page([["Content-Type", "text/plain"]])],
  ["an answer without a type", getWith(NAVIGATION), page([])],
  [
    "XHTML, where it would be an error",
    getWith(NAVIGATION),
    page([
      ["Content-Type", "application/xhtml+xml"],
    ]),
  ],
  [
    "text/html-like, which is another type",
    getWith(NAVIGATION),
    page([
      ["Content-Type", "text/html-like"],
    ]),
  ],
  [
    "UTF-16, in which ASCII is something else",
    getWith(NAVIGATION),
    page([
      ["Content-Type", "text/html; charset=UTF-16"],
    ]),
  ],
  ["a page that is coded", getWith(NAVIGATION), page([HTML, ["Content-Encoding", "gzip"]])],
  ["a download", getWith(NAVIGATION), page([HTML, ["Content-Disposition", "attachment"]])],
  ["a part", getWith(NAVIGATION), page([HTML], 206)],
  ["a redirection", getWith(NAVIGATION), page([HTML, ["Location", "/a"]], 302)],
  ["an answer without content", getWith(NAVIGATION), {
    status: 200,
    fields: new FieldBlock([HTML]),
    content: null,
  }],
  ["what no browser asks for", getWith(), page()],
  ["what asks for anything", getWith("Accept: */*"), page()],
  ["what a script asks for", getWith(NAVIGATION, "Sec-Fetch-Dest: empty"), page()],
  ["the answer to a form", requestOf(`POST / HTTP/1.1\r\nHost: a\r\n${NAVIGATION}`), page()],
];

for (const [what, request, response] of untouched) {
  Deno.test(`${what} goes by as it is`, async () => {
    assertEquals(await answerTo(request, () => response) === response, true);
  });
}

type Address = HttpRequest["remoteAddress"];
const tcp = (hostname: string): Address => ({ transport: "tcp", hostname, port: 1 });
const strangers: [who: string, remote: Address, local: Address][] = [
  ["another machine", tcp("192.0.2.1"), tcp("192.0.2.2")],
  ["whom a proxy on this machine names", tcp("192.0.2.1"), tcp("127.0.0.1")],
  ["a proxy elsewhere that names this machine", tcp("127.0.0.1"), tcp("192.0.2.2")],
  ["a proxy behind a Unix socket", tcp("127.0.0.1"), { transport: "unix", path: "/a" }],
  ["a name that begins like an address of ours", tcp("::10"), tcp("127.0.0.1")],
];

for (const [who, remoteAddress, localAddress] of strangers) {
  Deno.test(`${who} gets no script, and finds none`, async () => {
    for (const path of ["/", DEV_SCRIPT_PATH, DEV_EVENTS_PATH]) {
      const request = requestOf(`GET ${path} HTTP/1.1\r\nHost: a\r\n${NAVIGATION}`);
      const response = page();
      const asked = { ...request, remoteAddress, localAddress };
      assertEquals(await answerTo(asked, () => response) === response, true, path);
    }
  });
}

for (const hostname of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]) {
  Deno.test(`a browser at ${hostname} gets the script`, async () => {
    const request = {
      ...getWith(NAVIGATION),
      remoteAddress: tcp(hostname),
      localAddress: tcp(hostname),
    };
    assertMatch(textOf(await answerTo(request, () => page())).slice(PAGE.length), SCRIPT);
  });
}

Deno.test("a page loses what would let anybody keep it, and nothing else", async () => {
  const answer = await answerTo(getWith(NAVIGATION), () =>
    page([
      HTML,
      ["ETag", '"a"'],
      ["Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"],
      ["Accept-Ranges", "bytes"],
      ["Set-Cookie", "a=1"],
      ["Cache-Control", "max-age=9"],
      ["Set-Cookie", "b=2"],
      ["Expires", "0"],
      ["Content-Digest", "sha-256=:AA==:"],
    ]));
  assertEquals([...answer.fields], [
    HTML,
    ["Set-Cookie", "a=1"],
    ["Set-Cookie", "b=2"],
    ["Cache-Control", "no-store"],
  ]);
});

Deno.test("the handler is not told what a browser has, nor asked for less than all, uncoded", async () => {
  let told: [string, string][] = [];
  const request = getWith(
    NAVIGATION,
    'If-None-Match: "a"',
    "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
    "Range: bytes=0-1",
    'If-Range: "a"',
    "Accept-Encoding: br, gzip",
    "X-Name: caf\xe9",
    "Cookie: a=1",
    "X-Empty:",
    "cookie: b=2",
  );
  await answerTo(request, ({ fields }) => {
    told = [...fields];
    return page();
  });
  assertEquals(told, [
    ["Host", "a"],
    ["Accept", NAVIGATION.slice("Accept: ".length)],
    ["X-Name", "caf\xe9"],
    ["Cookie", "a=1"],
    ["X-Empty", ""],
    ["cookie", "b=2"],
  ]);
});

Deno.test("what is asked for by no navigation is asked for as it came", async () => {
  const request = getWith("Accept: image/png", "Range: bytes=0-1");
  await answerTo(request, (asked) => {
    assertEquals(asked === request, true);
    return page();
  });
});

Deno.test("a page's policy lets the script in, at the address by which the page was asked for", async () => {
  const policy = ["Content-Security-Policy", "default-src 'none'"] as const;
  const request = requestOf(`GET / HTTP/1.1\r\nHost: localhost:8000\r\n${NAVIGATION}`);
  const answer = await answerTo(request, () => page([HTML, policy]));
  assertEquals(
    answer.fields.get("content-security-policy"),
    "default-src 'none'; script-src http://localhost:8000/.rawserve/dev.js; " +
      "connect-src http://localhost:8000/.rawserve/dev",
  );
});

for (const host of ["[::1]:8000", "a;script-src *", "a,b", ""]) {
  Deno.test(`a page's policy stays as it is where the host is ${JSON.stringify(host)}`, async () => {
    const policy = ["Content-Security-Policy", "default-src 'none'"] as const;
    const request = { ...getWith(NAVIGATION), authority: host };
    const answer = await answerTo(request, () => page([HTML, policy]));
    assertEquals(answer.fields.get("content-security-policy"), "default-src 'none'");
  });
}

Deno.test("the script is there for GET and HEAD, with its type, and is not kept", async () => {
  const reload = new LiveReload({ staticDirectory: STATIC });
  await using server = startServer(reload.wrap(() => page()));
  const url = `http://127.0.0.1:${server.port}${DEV_SCRIPT_PATH}`;
  const response = await fetch(`${url}?state`);
  assertEquals(await response.text(), Deno.readTextFileSync(new URL("dev_reload.js", STATIC)));
  assertEquals(response.headers.get("content-type"), "text/javascript; charset=utf-8");
  assertEquals(response.headers.get("cache-control"), "no-store");
  const other = await fetch(url, { method: "POST" });
  await other.body?.cancel();
  assertEquals(other.status, 405);
});

/** Reads events one by one. */
class EventReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event's name and data; null at the end. */
  async next(): Promise<[string, string] | null> {
    for (;;) {
      const found = /event: (\w+)\ndata: (.*)\n\n/.exec(this.#rest);
      if (found !== null) {
        this.#rest = this.#rest.slice(found.index + found[0].length);
        return [found[1]!, found[2]!];
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#rest += value;
    }
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

Deno.test("an open page is told the state at once, then each change, then the end", async () => {
  const reload = new LiveReload({ staticDirectory: STATIC });
  await using server = startServer(reload.wrap(() => page()));
  const url = `http://127.0.0.1:${server.port}`;
  const html = await (await fetch(url, { headers: { Accept: "text/html" } })).text();
  const [, state] = SCRIPT.exec(html.slice(PAGE.length))!;
  const response = await fetch(`${url}${DEV_EVENTS_PATH}`);
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const events = new EventReader(response.body!);
  assertEquals(await events.next(), ["state", state!]);
  reload.restyle('a "b"/c.css');
  const [name, data] = (await events.next())!;
  const styled = JSON.parse(data);
  assertEquals([name, styled.path], ["style", 'a "b"/c.css']);
  reload.reload();
  const [again, last] = (await events.next())!;
  assertEquals(again, "state");
  assertEquals(new Set([state, styled.state, last]).size, 3);
  const later = await (await fetch(url, { headers: { Accept: "text/html" } })).text();
  assertStringIncludes(later, last);
  reload.close();
  assertEquals(await events.next(), null);
});

Deno.test("a page that leaves is told nothing more, and the others are", async () => {
  const reload = new LiveReload({ staticDirectory: STATIC });
  await using server = startServer(reload.wrap(() => page()));
  const url = `http://127.0.0.1:${server.port}${DEV_EVENTS_PATH}`;
  const [one, other] = await Promise.all([fetch(url), fetch(url)]);
  const [leaving, staying] = [new EventReader(one.body!), new EventReader(other.body!)];
  await Promise.all([leaving.next(), staying.next()]);
  await leaving.cancel();
  await server.connections(1);
  reload.reload();
  assertEquals((await staying.next())?.[0], "state");
  reload.close();
  assertEquals(await staying.next(), null);
});

Deno.test("whoever asks for events after the end gets the state and the end, so nobody holds the server up", async () => {
  const reload = new LiveReload({ staticDirectory: STATIC });
  reload.close();
  await using server = startServer(reload.wrap(() => page()));
  const response = await fetch(`http://127.0.0.1:${server.port}${DEV_EVENTS_PATH}`);
  const events = new EventReader(response.body!);
  assertEquals((await events.next())?.[0], "state");
  assertEquals(await events.next(), null);
});

Deno.test("two servers are never in the same state", async () => {
  const [one, other] = await Promise.all(
    [1, 2].map(() => answerTo(getWith(NAVIGATION), () => page())),
  );
  assertEquals(textOf(one!) === textOf(other!), false);
});
