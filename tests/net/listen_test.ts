// The sockets, over real ones: each way to listen, and each way in which it fails.

import { ListenError, toAcceptFailure } from "../../lib/net/listen_error.ts";
import { listenTcp } from "../../lib/net/tcp.ts";
import { listenTls } from "../../lib/net/tls.ts";
import { formatAddress } from "../../lib/net/transport.ts";
import type { Listener } from "../../lib/net/transport.ts";
import { listenUnix } from "../../lib/net/unix.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../deps.ts";

const windows = Deno.build.os === "windows";

/** Sends "ping" through `listener` and back as "pong", each side to its end. */
async function pingPong(listener: Listener, connect: () => Promise<Deno.Conn>): Promise<void> {
  const [transport, peer] = await Promise.all([listener.accept(), connect()]);
  try {
    await peer.write(new TextEncoder().encode("ping"));
    const buffer = new Uint8Array(16);
    assertEquals(await transport.read(buffer), 4);
    assertEquals(new TextDecoder().decode(buffer.subarray(0, 4)), "ping");
    assertEquals(await transport.write(new TextEncoder().encode("pong")), 4);
    await transport.closeWrite();
    assertEquals(await peer.read(buffer), 4);
    assertEquals(new TextDecoder().decode(buffer.subarray(0, 4)), "pong");
    assertEquals(await peer.read(buffer), null);
    peer.close();
    assertEquals(await transport.read(buffer), null);
  } finally {
    transport.close();
    transport.close();
  }
}

Deno.test("listenTcp takes a free port for port 0 and says which", async () => {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const { address } = listener;
  assert(address.transport === "tcp" && address.port > 0);
  assertEquals(formatAddress(address), `127.0.0.1:${address.port}`);
  await pingPong(listener, () => Deno.connect({ hostname: "127.0.0.1", port: address.port }));
  listener.close();
});

Deno.test("listenTcp speaks IPv6 and writes its address in brackets", async () => {
  const listener = listenTcp({ hostname: "::1", port: 0 });
  const { address } = listener;
  assert(address.transport === "tcp");
  assertEquals(formatAddress(address), `[::1]:${address.port}`);
  await pingPong(listener, () => Deno.connect({ hostname: "::1", port: address.port }));
  listener.close();
});

Deno.test("a transport knows both its ends", async () => {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const { address } = listener;
  assert(address.transport === "tcp");
  const [transport, peer] = await Promise.all([
    listener.accept(),
    Deno.connect({ hostname: "127.0.0.1", port: address.port }),
  ]);
  assertEquals(formatAddress(transport.localAddress), formatAddress(address));
  const { hostname, port } = peer.localAddr as Deno.NetAddr;
  assertEquals(formatAddress(transport.remoteAddress), `${hostname}:${port}`);
  assertEquals(transport.secure, false);
  peer.close();
  transport.close();
  listener.close();
});

Deno.test("listenTcp names a taken port", () => {
  const first = listenTcp({ hostname: "127.0.0.1", port: 0 });
  assert(first.address.transport === "tcp");
  const { port } = first.address;
  const error = assertThrows(() => listenTcp({ hostname: "127.0.0.1", port }), ListenError);
  assertEquals(error.fault, "taken");
  assertEquals(error.message, `Cannot listen on 127.0.0.1:${port}: the port is taken`);
  first.close();
});

Deno.test("listenTcp names an address that is not this machine's", () => {
  for (const hostname of ["192.0.2.1", "no-such-host.invalid"]) {
    const error = assertThrows(() => listenTcp({ hostname, port: 0 }), ListenError);
    assertEquals(error.fault, "no-such-address", hostname);
  }
});

Deno.test("listenTls names a certificate that is none", () => {
  for (const [certificate, key] of [["", ""], ["x", "y"], ["-----BEGIN CERTIFICATE-----\n", ""]]) {
    const error = assertThrows(
      () =>
        listenTls({
          hostname: "127.0.0.1",
          port: 0,
          identity: { certificate: certificate!, key: key! },
        }),
      ListenError,
    );
    assertEquals(error.fault, "bad-certificate");
    assertStringIncludes(error.message, "Cannot listen on 127.0.0.1:0: ");
    assertEquals(error.message.includes("\n"), false);
  }
});

Deno.test({
  name: "listenUnix serves on a socket file and removes it at its end",
  ignore: windows,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    const path = `${directory}/web.sock`;
    const listener = await listenUnix(path);
    assertEquals(formatAddress(listener.address), `unix:${path}`);
    await pingPong(listener, () => Deno.connect({ transport: "unix", path }));
    listener.close();
    listener.close();
    await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
    await Deno.remove(directory);
  },
});

Deno.test({
  name: "listenUnix replaces a socket file behind which nobody answers",
  ignore: windows,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    const path = `${directory}/web.sock`;
    const killed = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} }); Deno.exit()`;
    await new Deno.Command(Deno.execPath(), { args: ["eval", killed] }).output();
    assert((await Deno.lstat(path)).isSocket);
    const listener = await listenUnix(path);
    await pingPong(listener, () => Deno.connect({ transport: "unix", path }));
    listener.close();
    await Deno.remove(directory);
  },
});

Deno.test({
  name: "listenUnix leaves a socket alone behind which somebody answers",
  ignore: windows,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    const path = `${directory}/web.sock`;
    const first = await listenUnix(path);
    const error = await assertRejects(() => listenUnix(path), ListenError);
    assertEquals(error.fault, "taken");
    // The call by which it was found out is a connection that came and went.
    (await first.accept()).close();
    await pingPong(first, () => Deno.connect({ transport: "unix", path }));
    first.close();
    await Deno.remove(directory);
  },
});

Deno.test({
  name: "listenUnix leaves a file alone that is no socket",
  ignore: windows,
  fn: async () => {
    const path = await Deno.makeTempFile();
    await Deno.writeTextFile(path, "precious");
    const error = await assertRejects(() => listenUnix(path), ListenError);
    assertEquals(error.fault, "not-a-socket");
    assertEquals(await Deno.readTextFile(path), "precious");
    await Deno.remove(path);
  },
});

Deno.test("a closed listener ends the accept that waits on it", async () => {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  listener.close();
  const error = await assertRejects(() => accepting);
  assertEquals(toAcceptFailure(error), "closed");
});

Deno.test("toAcceptFailure tells one connection's misfortune from want", () => {
  assertEquals(toAcceptFailure(new Deno.errors.ConnectionAborted()), "connection");
  assertEquals(toAcceptFailure(new Deno.errors.ConnectionReset()), "connection");
  assertEquals(toAcceptFailure(new Deno.errors.InvalidData()), "connection");
  assertEquals(toAcceptFailure(new Error("Too many open files (os error 24)")), "exhausted");
  assertEquals(toAcceptFailure("anything else"), "exhausted");
});
