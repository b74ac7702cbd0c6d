// Real proxies in front: who the client is, whatever it claims, and no request that only one of two saw.
//
// The client is curl, which calls from 127.0.0.2 while proxies call from 127.0.0.1: only so can the two
// be told apart on one machine, and only Linux has the whole of 127.0.0.0/8.

import { withProxyProtocol } from "../../lib/net/proxied_transport.ts";
import { makeSelfSigned } from "../../lib/net/self_signed.ts";
import { listenTcp } from "../../lib/net/tcp.ts";
import { formatAddress } from "../../lib/net/transport.ts";
import type { Handler } from "../../lib/server/handler.ts";
import { startServing } from "../cli/started_program.ts";
import { assert, assertEquals, assertMatch, assertNotEquals } from "../deps.ts";
import { connect, type RawClient } from "../support/raw_client.ts";
import { answer, startServer, type TestServer, text } from "../support/server.ts";
import { needs, runClient } from "./client_program.ts";
import { blocksOf, hasNginxStream, type Proxy, startHaproxy, startNginx } from "./proxy_program.ts";

const CLIENT = "127.0.0.2";
const PROXY = "127.0.0.1";
const [NGINX = ""] = blocksOf("nginx");
const [HAPROXY = "", HAPROXY_TLS = ""] = blocksOf("haproxy");

/** Tells what it learns about its client; the port is left out where it is the system's choice. */
const TELLING: Handler = ({ remoteAddress, secure, authority }) => {
  const { hostname } = remoteAddress as { hostname: string };
  return text(`${hostname} ${secure} ${authority}`);
};

/** What a client may write to seem somebody else; the proxies of the README let none of it through. */
const LIES = [
  "X-Forwarded-For: 203.0.113.66",
  "X-Forwarded-For: 203.0.113.66, 127.0.0.1",
  'X-Forwarded-For: ,,"garbage\x01'.replace("\x01", "?"),
  `X-Forwarded-For: ${Array.from({ length: 100 }, (_, i) => `203.0.113.${i}`).join(", ")}`,
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: evil.example",
  "Forwarded: for=203.0.113.66;proto=https;host=evil.example",
  'Forwarded: for="203.0.113.66',
  "X-Real-IP: 203.0.113.66",
  // Fields that are named here belong to one connection; a proxy may drop them (RFC 9110 7.6.1).
  "Connection: X-Forwarded-For, X-Forwarded-Proto, Forwarded",
  "Connection: close, X-Forwarded-For",
];

type StartProxy = (port: number) => Promise<Proxy>;

const haproxy: StartProxy = (backend) =>
  startHaproxy({
    write: (port) =>
      HAPROXY.replace("bind :80", `bind 127.0.0.1:${port}`).replace(
        "127.0.0.1:8000",
        `127.0.0.1:${backend}`,
      ),
  });

const nginx: StartProxy = (backend) =>
  startNginx({
    write: (port) =>
      NGINX.replace("listen 80", `listen 127.0.0.1:${port}`).replace(
        "127.0.0.1:8000",
        `127.0.0.1:${backend}`,
      ),
  });

/** HAProxy that relays connections without looking inside. */
function relay(options: string, checks = ""): StartProxy {
  return (backend) =>
    startHaproxy({
      write: (port) =>
        `${HAPROXY_TLS.slice(0, HAPROXY_TLS.indexOf("listen web"))}
listen web
  bind 127.0.0.1:${port}
  ${checks}
  server one 127.0.0.1:${backend} ${options}
`,
    });
}

const nginxRelay: StartProxy = (backend) =>
  startNginx({
    write: (port) =>
      `server { listen 127.0.0.1:${port}; proxy_pass 127.0.0.1:${backend}; proxy_protocol on; }`,
  }, { isStream: true });

async function ask(port: number, ...args: string[]): Promise<string> {
  const { code, text, errors } = await runClient("curl", [
    ...["-sS", "--interface", CLIENT, "-H", "Host: example.com"],
    ...args,
    `http://127.0.0.1:${port}/`,
  ]);
  assertEquals(code, 0, errors);
  return text();
}

const isLinux = Deno.build.os === "linux";

/** A test that is ignored where one of the programs is missing. */
function withPrograms(
  name: string,
  programs: readonly string[],
  fn: () => Promise<void>,
): void {
  const { ignore, because } = needs(...programs);
  const reason = isLinux ? because : " (ignored: only Linux has 127.0.0.2)";
  Deno.test({ name: `${name}${reason}`, ignore: ignore || !isLinux, fn });
}

for (const [name, startProxy] of [["haproxy", haproxy], ["nginx", nginx]] as const) {
  withPrograms(`${name} as in the README tells who the client is, whatever the client says`, [
    name,
    "curl",
  ], async () => {
    await using server = startServer(TELLING, { trustedProxies: [PROXY] });
    await using proxy = await startProxy(server.port);
    const expected = `${CLIENT} false example.com`;
    assertEquals(await ask(proxy.port), expected);
    for (const lie of LIES) assertEquals(await ask(proxy.port, "-H", lie), expected, lie);
    const all = LIES.flatMap((lie) => ["-H", lie]);
    assertEquals(await ask(proxy.port, ...all), expected);
    assertEquals(await ask(proxy.port, "--http1.0"), expected);
    assertEquals(addressesIn(server), new Set([CLIENT]));
  });

  withPrograms(`${name} that is not trusted is the client itself`, [name, "curl"], async () => {
    await using server = startServer(TELLING, { trustedProxies: ["10.0.0.0/8", "unix"] });
    await using proxy = await startProxy(server.port);
    assertMatch(await ask(proxy.port, "-H", "X-Forwarded-Proto: https"), /^127\.0\.0\.1 false /);
  });

  withPrograms(
    `${name} in front of the program: its log has the client's address`,
    [name, "curl"],
    async () => {
      const { program, port } = await startServing(["--trust-proxy", "loopback"]);
      await using _ = program;
      // 127.0.0.2 would be a proxy too.
      await using proxy = await startProxy(port);
      await ask(proxy.port, "-H", "X-Forwarded-For: 192.0.2.7");
      await program.waitForLine(/^192\.0\.2\.7 - - .*"GET \/ HTTP\/1\.1" 200 /, { from: "stdout" });
    },
  );
}

withPrograms("haproxy before nginx: two proxies in a row, both trusted", [
  "haproxy",
  "nginx",
  "curl",
], async () => {
  await using server = startServer(TELLING, { trustedProxies: [PROXY] });
  await using inner = await nginx(server.port);
  await using outer = await haproxy(inner.port);
  // nginx writes scheme and host anew: those of its own client, HAProxy.
  assertEquals(await ask(outer.port), `${CLIENT} false example.com`);
  assertEquals(
    await ask(outer.port, "-H", "X-Forwarded-For: 203.0.113.66"),
    `${CLIENT} false example.com`,
  );
});

const RELAYS: [name: string, programs: string[], startProxy: StartProxy, isThere: boolean][] = [
  ["haproxy with send-proxy", ["haproxy"], relay("send-proxy"), true],
  ["haproxy with send-proxy-v2", ["haproxy"], relay("send-proxy-v2"), true],
  [
    "haproxy with send-proxy-v2 and all it can add",
    ["haproxy"],
    relay("send-proxy-v2 proxy-v2-options ssl,cert-cn,ssl-cipher,crc32c,unique-id,authority"),
    true,
  ],
  ["nginx with proxy_protocol on", ["nginx"], nginxRelay, hasNginxStream()],
];

for (const [name, programs, startProxy, isThere] of RELAYS) {
  if (!isThere) programs.push("nginx's stream module");
  withPrograms(`${name} tells who the client is`, [...programs, "curl"], async () => {
    const listener = withProxyProtocol(listenTcp({ hostname: "127.0.0.1", port: 0 }), {
      trusted: [PROXY],
    });
    await using server = startServer(TELLING, { listener });
    await using proxy = await startProxy(server.port);
    for (const lie of ["X-A: b", ...LIES]) {
      assertEquals(await ask(proxy.port, "-H", lie), `${CLIENT} false example.com`, lie);
    }
    const [first] = server.exchanges;
    assert(first !== undefined);
    assertMatch(formatAddress(first.remoteAddress), /^127\.0\.0\.2:[1-9]\d*$/);
    assertEquals(formatAddress(first.request!.localAddress), `127.0.0.1:${proxy.port}`);
  });
}

withPrograms("haproxy as in the README ends TLS and says so", ["haproxy", "curl"], async () => {
  const { certificate, key } = await makeSelfSigned({ names: ["localhost"] });
  const listener = withProxyProtocol(listenTcp({ hostname: "127.0.0.1", port: 0 }));
  await using server = startServer(TELLING, { listener });
  await using proxy = await startHaproxy({
    write: (port, folder) => {
      Deno.writeTextFileSync(`${folder}/site.pem`, certificate + key);
      return HAPROXY_TLS.replace("bind :443", `bind 127.0.0.1:${port}`)
        .replace("/etc/haproxy/site.pem", `${folder}/site.pem`)
        .replace("127.0.0.1:8000", `127.0.0.1:${server.port}`);
    },
  });
  const { code, text: said, errors } = await runClient("curl", [
    ...["-sSk", "--http1.1", "--interface", CLIENT, `https://127.0.0.1:${proxy.port}/`],
  ]);
  assertEquals(code, 0, errors);
  assertEquals(said(), `${CLIENT} true 127.0.0.1:${proxy.port}`);
});

for (const options of ["send-proxy", "send-proxy-v2"]) {
  withPrograms(`haproxy's health checks with ${options} are answered, as the proxy's own`, [
    "haproxy",
    "curl",
  ], async () => {
    const listener = withProxyProtocol(listenTcp({ hostname: "127.0.0.1", port: 0 }));
    const checked = Promise.withResolvers<string>();
    await using server = startServer((request) => {
      if (request.target.raw === "/check") {
        checked.resolve((request.remoteAddress as { hostname: string }).hostname);
      }
      return TELLING(request);
    }, { listener });
    const startProxy = relay(
      `${options} check inter 50ms`,
      "option httpchk GET /check HTTP/1.1\\r\\nHost:\\ a",
    );
    await using proxy = await startProxy(server.port);
    assertEquals(await checked.promise, PROXY);
    assertEquals(await ask(proxy.port), `${CLIENT} false example.com`);
  });
}

/** A request that nobody asked for, which an attacker hides in the content of another. */
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\nX: ";
const CHUNKED = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`;
const AFTER_LAST_CHUNK = `0\r\n\r\n${SMUGGLED}`;

/** Heads that two servers have read differently, each with content that hides a request. */
const ATTACKS: [name: string, fields: string, content: string][] = [
  ["CL before TE", "Content-Length: 4\r\nTransfer-Encoding: chunked", CHUNKED],
  ["TE before CL", "Transfer-Encoding: chunked\r\nContent-Length: 4", CHUNKED],
  ["TE in mixed case", "Content-Length: 4\r\ntRANSFER-ENCODING: ChUnKeD", CHUNKED],
  ...[
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: chunked;q=1",
    'Transfer-Encoding: "chunked"',
    "Transfer-Encoding: \x0bchunked",
    "Transfer-Encoding: chunked\x00",
    "Transfer_Encoding: chunked",
    "X: y\nTransfer-Encoding: chunked",
    "X: y\rTransfer-Encoding: chunked",
    "X: y\r\n Transfer-Encoding: chunked",
  ].map((field): [string, string, string] => [
    JSON.stringify(field),
    `Content-Length: ${AFTER_LAST_CHUNK.length}\r\n${field}`,
    AFTER_LAST_CHUNK,
  ]),
  ["two lengths", `Content-Length: ${SMUGGLED.length}\r\nContent-Length: 0`, SMUGGLED],
  [
    "two lengths, turned round",
    `Content-Length: 0\r\nContent-Length: ${SMUGGLED.length}`,
    SMUGGLED,
  ],
  ["a list of lengths", `Content-Length: ${SMUGGLED.length}, 0`, SMUGGLED],
  ["a length with a sign", `Content-Length: +${SMUGGLED.length}`, SMUGGLED],
  ["a length with zeros before it", `Content-Length: 00${SMUGGLED.length}`, SMUGGLED],
  ["an expectation", `Content-Length: ${SMUGGLED.length}\r\nExpect: 100-continue`, SMUGGLED],
  ["a hidden length", `Content-Length: ${SMUGGLED.length}\r\nConnection: Content-Length`, SMUGGLED],
  ["a hidden coding", `Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding`, CHUNKED],
  [
    "an upgrade",
    `Content-Length: ${SMUGGLED.length}\r\nConnection: Upgrade\r\nUpgrade: h2c`,
    SMUGGLED,
  ],
  [
    "a chunk extension",
    "Transfer-Encoding: chunked",
    CHUNKED.replace("\r\n", ";a=b\r\n"),
  ],
  [
    "a chunk size too big to count",
    "Transfer-Encoding: chunked",
    CHUNKED.replace(/^/, "1".padEnd(17, "0")),
  ],
  ["chunk lines that end in LF", "Transfer-Encoding: chunked", CHUNKED.replace("\r\n", "\n")],
];

for (const [name, startProxy] of [["haproxy", haproxy], ["nginx", nginx]] as const) {
  withPrograms(`through ${name} no request is smuggled, and no victim gets another's answer`, [
    name,
    "curl",
  ], async () => {
    const seen: string[] = [];
    await using server = startServer((request) => {
      seen.push(request.target.raw);
      // Some read their content, others leave it to the driver.
      if (request.target.raw === "/echo" && request.content !== null) {
        return answer(request.content);
      }
      return text(request.target.raw);
    }, { trustedProxies: [PROXY] });
    await using proxy = await startProxy(server.port);
    for (const [name, fields, content] of ATTACKS) {
      for (const [method, path] of [["POST", "/echo"], ["GET", "/left"], ["HEAD", "/left"]]) {
        seen.length = 0;
        using attacker = await connect(proxy.port);
        await attack(
          attacker,
          `${method} ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${content}`,
        );
        using victim = await connect(proxy.port);
        for (const path of ["/victim1", "/victim2"]) {
          await victim.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
          const response = await victim.readResponse();
          assertEquals([response.status, response.text()], [200, path], `${method}, ${name}`);
        }
        assert(
          !seen.some((target) => target.includes("smuggled")),
          `${method}, ${name}: ${seen}`,
        );
      }
    }
    assertNotEquals(server.exchanges.length, 0);
  });
}

/** Sends the octets and waits for the answer, or for the end that stands for it. */
async function attack(client: RawClient, octets: string): Promise<void> {
  try {
    await client.send(octets);
    const head = octets.startsWith("HEAD");
    while ((await client.readResponse({ head })).status < 200);
  } catch (error) {
    const isGone = error instanceof Deno.errors.ConnectionReset ||
      error instanceof Deno.errors.BrokenPipe || /the connection ended/i.test(String(error));
    if (!isGone) throw error;
  }
}

function addressesIn(server: TestServer): Set<string> {
  return new Set(
    server.exchanges.map(({ remoteAddress }) => (remoteAddress as { hostname: string }).hostname),
  );
}
