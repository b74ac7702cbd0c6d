// Peers that leave, in every way that there is and in every state that a connection can be in: whatever
// they do, the server has as many descriptors afterwards as before, and goes on.
//
// Deno cannot ask for a reset. But who closes a socket that holds octets which it has not read sends one
// (RFC 9293 3.6.1), so each state is prepared by asking for something first and not reading all of it.

import { startServing } from "../cli/started_program.ts";
import { assertEquals } from "../deps.ts";
import { makeFolder } from "../support/fixture_folder.ts";
import { descriptorsOf, until } from "../support/process_resources.ts";
import { connect, toBytes } from "../support/raw_client.ts";
import { toRequest } from "../support/served_folder.ts";

const ignore = Deno.build.os !== "linux";
const FOLDER = {
  "small.txt": "small\n",
  "big.bin": new Uint8Array(16_000_000),
  "streamed.txt": "A line that becomes smaller when it is compressed\n".repeat(200_000),
  folder: { "a.txt": "a", "big.bin": new Uint8Array(8_000_000) },
};
const SMALL = toRequest("GET", "/small.txt");
const HUNDRED = "Content-Length: 100";

/** What a peer has sent when it leaves. An octet of an answer has always come by then. */
const STATES: Readonly<Record<string, string>> = {
  "between two requests": SMALL,
  "in a request's head": SMALL + "GET /small.txt HTTP/1.1\r\nHo",
  "in content that nobody reads": toRequest("POST", "/small.txt", HUNDRED) + "half",
  "in content that was announced": toRequest("PUT", "/", HUNDRED, "Expect: 100-continue"),
  "in a file": toRequest("GET", "/big.bin"),
  "in ranges of a file": toRequest("GET", "/big.bin", "Range: bytes=0-9999999,1-9999999"),
  "in a stream": toRequest("GET", "/streamed.txt", "Accept-Encoding: gzip"),
  "in an archive": toRequest("GET", "/folder/?archive=tar"),
  "among pipelined requests": SMALL.repeat(300),
  "after the last answer": toRequest("GET", "/small.txt", "Connection: close"),
  "after a refusal": "GET / HTTP/1.1\r\n\r\n",
};

/** How a peer leaves; it closes its side of the connection after that. */
const LEAVES: Readonly<Record<string, (peer: Deno.TcpConn) => Promise<unknown>>> = {
  "closes": (peer) => peer.read(new Uint8Array(65_536)),
  // The other octets have come with the first one, and lie unread.
  "resets the connection": (peer) => peer.read(new Uint8Array(1)),
  "ends its side and reads on": async (peer) => {
    await peer.closeWrite();
    await readToEnd(peer);
  },
  "ends its side and leaves": async (peer) => {
    await peer.read(new Uint8Array(1));
    await peer.closeWrite();
  },
};

for (const [how, leave] of Object.entries(LEAVES)) {
  Deno.test({
    name: `a peer that ${how} costs no descriptor, in whatever state`,
    ignore,
    fn: async () => {
      await using folder = makeFolder(FOLDER);
      const { program, port } = await startServing(["--archive", folder.path]);
      await using _ = program;
      const before = descriptorsOf(program.pid);
      for (const [state, sent] of Object.entries(STATES)) {
        try {
          await Promise.all(Array.from({ length: 5 }, async () => {
            using peer = await Deno.connect({ hostname: "127.0.0.1", port });
            await send(peer, sent);
            await leave(peer);
          }));
        } catch (error) {
          throw new Error(`A peer that ${how} ${state} failed`, { cause: error });
        }
      }
      await until(() => descriptorsOf(program.pid), (now) => now === before);
      using client = await connect(port);
      await client.send(SMALL);
      assertEquals((await client.readResponse()).text(), "small\n");
      assertEquals(program.stderr.split("\n").length, 1, program.stderr);
    },
  });
}

async function send(peer: Deno.Conn, text: string): Promise<void> {
  const octets = toBytes(text);
  for (let sent = 0; sent < octets.length;) sent += await peer.write(octets.subarray(sent));
}

async function readToEnd(peer: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  while (await peer.read(buffer) !== null);
}
