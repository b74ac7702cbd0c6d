// The program with an app that knows nothing of it, and WebSocket clients that others have written: Deno's,
// Node's, Chromium's. Of these the last compresses, and Node's of late.

import { startServing } from "../../../cli/started_program.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../../../deps.ts";
import { findNode } from "../../../fuzz/node_parser.ts";
import { CHROMIUM_MISSING, findChromium, openPage } from "../../../support/chromium.ts";
import { connect } from "../../../support/raw_client.ts";

const ECHO = "tests/apps/echo_socket.ts";
const CHAT = "tests/apps/chat.ts";
const node = findNode();
const chromium = findChromium();
const because = (why: string | null) => why === null ? "" : ` (ignored: ${why})`;

/** Opens a socket, and returns what `use` returns when it is closed. */
async function useSocket<T>(url: string, use: (socket: WebSocket) => Promise<T>): Promise<T> {
  const socket = new WebSocket(url, ["a", "b"]);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  try {
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return await use(socket);
  } finally {
    socket.close();
    await closed;
  }
}

function nextMessage(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) =>
    socket.addEventListener("message", ({ data }) => resolve(data), { once: true })
  );
}

Deno.test("Deno's own client speaks with an app that names Deno.upgradeWebSocket", async () => {
  const { program, port } = await startServing([ECHO]);
  await using _ = program;
  await useSocket(`ws://127.0.0.1:${port}/?protocol=b`, async (socket) => {
    socket.binaryType = "arraybuffer";
    assertEquals(socket.protocol, "b");
    for (const text of ["h\u00e9", "", "x".repeat(126), "\u{1f600}".repeat(40_000)]) {
      socket.send(text);
      assertEquals(await nextMessage(socket), text);
    }
    const octets = crypto.getRandomValues(new Uint8Array(60_000));
    socket.send(octets);
    assertEquals(new Uint8Array(await nextMessage(socket) as ArrayBuffer), octets);
    socket.send("blob");
    assertEquals(new TextDecoder().decode(await nextMessage(socket) as ArrayBuffer), "a blob");
    // What listeners throw is told, and ends nothing.
    socket.send("throw");
    socket.send("reject");
    socket.send("after");
    assertEquals(await nextMessage(socket), "after");
    await program.waitForLine(/failed: Error: What a listener throws/, { from: "stderr" });
    await program.waitForLine(/failed: Error: What a listener rejects with/, { from: "stderr" });
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
    socket.send("close");
    const { code, reason } = await closed;
    assertEquals([code, reason], [4321, "as you like"]);
  });
  await program.waitForLine(/"GET \/\?protocol=b HTTP\/1\.1" 101 /, { from: "stdout" });
});

Deno.test("a program that is stopped tells its sockets that it goes away", async () => {
  const { program, port } = await startServing([ECHO]);
  await using _ = program;
  await useSocket(`ws://127.0.0.1:${port}/`, async (socket) => {
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
    program.signal("SIGTERM");
    assertEquals((await closed).code, 1001);
  });
  assertEquals((await program.waitForEnd()).code, 0);
});

Deno.test({
  name: `Node's own client speaks with an app, and may compress${because(node.why)}`,
  ignore: node.why !== null,
  fn: async () => {
    const { program, port } = await startServing([ECHO]);
    await using _ = program;
    const { stdout, stderr } = await new Deno.Command("node", {
      args: [
        ...(node.version < 22 ? ["--experimental-websocket"] : []),
        new URL("node_client.mjs", import.meta.url).pathname,
        `ws://127.0.0.1:${port}/?protocol=b`,
        "h\u00e9",
        "x yz",
      ],
    }).output();
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    const [open = "", ...rest] = lines;
    assertEquals(rest, [
      "text 2 h\u00e9",
      "text 20000 x yzx yzx yzx yzx yz",
      "octets 0,1,255",
      "close 3000 bye true",
    ], new TextDecoder().decode(stderr));
    // Older ones do not compress.
    assertMatch(open, /^open b (?:permessage-deflate)?$/);
  },
});

Deno.test({
  name: `a chat of two pages in Chromium, compressed${
    because(chromium === null ? CHROMIUM_MISSING : null)
  }`,
  ignore: chromium === null,
  fn: async () => {
    const { program, port } = await startServing([CHAT]);
    await using _ = program;
    const url = `http://127.0.0.1:${port}/`;
    await using page = await openPage(url);
    const heard = "[...document.querySelectorAll('li')].map((line) => line.textContent)";
    await page.evaluate(`new Promise((resolve) =>
      socket.readyState === 1 ? resolve() : socket.addEventListener("open", () => resolve()))`);
    assertStringIncludes(await page.evaluate<string>("socket.extensions"), "permessage-deflate");
    await useSocketOf(url, async (other) => {
      other.send("hello from outside");
      assertEquals(await nextMessage(other), "hello from outside");
      const answer = nextMessage(other);
      await page.evaluate("document.querySelector('input').value = 'from a page \\u{1f600}'");
      await page.evaluate("document.forms[0].requestSubmit()");
      assertEquals(await answer, "from a page \u{1f600}");
      const long = nextMessage(other);
      await page.evaluate("socket.send('to and fro, '.repeat(10_000))");
      assertEquals(await long, "to and fro, ".repeat(10_000));
    });
    const texts = await page.evaluate<string[]>(`new Promise((resolve) => {
      const look = () => ${heard}.length === 3 ? resolve(${heard}) : setTimeout(look, 10);
      look();
    })`);
    assertEquals(texts.map((text) => text.length), [18, 14, 120_000]);
    // Compressed octets, both ways: Chromium compresses whatever it sends.
    const octets = await page.evaluate<number[]>(`new Promise((resolve) => {
      socket.binaryType = "arraybuffer";
      socket.onmessage = ({ data }) => resolve([...new Uint8Array(data)].slice(0, 4));
      socket.send(new Uint8Array(5_000).fill(7));
    })`);
    assertEquals(octets, [7, 7, 7, 7]);
    const closed = await page.evaluate<unknown[]>(`new Promise((resolve) => {
      socket.onclose = ({ code, reason, wasClean }) => resolve([code, reason, wasClean]);
      socket.close(3456, "enough");
    })`);
    assertEquals(closed, [3456, "enough", true]);
    assertEquals([page.messages, page.errors], [[], []]);
  },
});

Deno.test("a page from elsewhere is not let into the chat", async () => {
  const { program, port } = await startServing([CHAT]);
  await using _ = program;
  for (
    const [origin, status] of [["http://evil.example", 403], ["http://a.example", 101]] as const
  ) {
    using client = await connect(port);
    const fields = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    const head = ["GET / HTTP/1.1", "Host: a.example", `Origin: ${origin}`, ...fields, key, "", ""];
    await client.send(head.join("\r\n"));
    assertEquals((await client.readResponse()).status, status);
  }
});

function useSocketOf(url: string, use: (socket: WebSocket) => Promise<void>): Promise<void> {
  return useSocket(url.replace("http", "ws"), use);
}
