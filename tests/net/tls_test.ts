// lib/net/tls.ts: TLS over real sockets, and another certificate in the middle of it.

import { ListenError, toAcceptFailure } from "../../lib/net/listen_error.ts";
import { makeSelfSigned, type SelfSigned } from "../../lib/net/self_signed.ts";
import { listenTls, type TlsListener } from "../../lib/net/tls.ts";
import type { Transport } from "../../lib/net/transport.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../deps.ts";

const [OLD, NEW] = await Promise.all([
  makeSelfSigned({ names: ["localhost"] }),
  makeSelfSigned({ names: ["localhost"] }),
]);

function listen(identity: SelfSigned, protocols: readonly string[] = []): TlsListener {
  return listenTls({ hostname: "127.0.0.1", port: 0, identity, protocols });
}

function portOf({ address }: TlsListener): number {
  assert(address.transport === "tcp");
  return address.port;
}

/** A connection of which both ends have agreed to encrypt; the peer trusts `trusted` alone. */
async function meet(listener: TlsListener, trusted: SelfSigned): Promise<Meeting> {
  const accepting = listener.accept();
  const peer = await dial(listener, trusted);
  const transport = await accepting;
  const meeting = new Meeting(transport, peer);
  await meeting.exchange();
  return meeting;
}

function dial(listener: TlsListener, trusted: SelfSigned): Promise<Deno.TlsConn> {
  const caCerts = [trusted.certificate];
  return Deno.connectTls({ hostname: "localhost", port: portOf(listener), caCerts });
}

class Meeting implements Disposable {
  readonly transport: Transport;
  readonly peer: Deno.TlsConn;

  constructor(transport: Transport, peer: Deno.TlsConn) {
    this.transport = transport;
    this.peer = peer;
  }

  /** An octet there and one back. */
  async exchange(): Promise<void> {
    const buffer = new Uint8Array(8);
    await this.peer.write(Uint8Array.of(1));
    assertEquals(await this.transport.read(buffer), 1);
    await this.transport.write(Uint8Array.of(2));
    assertEquals(await this.peer.read(buffer), 1);
  }

  [Symbol.dispose](): void {
    this.peer.close();
    this.transport.close();
  }
}

Deno.test("closeWrite ends our side so that the peer knows it, and the peer may still send", async () => {
  const listener = listen(OLD);
  using meeting = await meet(listener, OLD);
  const { transport, peer } = meeting;
  const buffer = new Uint8Array(8);
  await transport.closeWrite();
  // rustls reads null only after close_notify (RFC 8446 6.1), and an error at an end without it.
  assertEquals(await peer.read(buffer), null);
  await peer.write(new Uint8Array(3));
  assertEquals(await transport.read(buffer), 3);
  await peer.closeWrite();
  assertEquals(await transport.read(buffer), null);
  assertEquals(transport.secure, true);
  listener.close();
});

Deno.test("what is no TLS breaks its own connection and no other", async () => {
  const listener = listen(OLD);
  using other = await meet(listener, OLD);
  const accepting = listener.accept();
  const plain = await Deno.connect({ hostname: "127.0.0.1", port: portOf(listener) });
  const transport = await accepting;
  await plain.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  await assertRejects(() => transport.read(new Uint8Array(8)), Deno.errors.InvalidData);
  transport.close();
  plain.close();
  await other.exchange();
  using another = await meet(listener, OLD);
  await another.exchange();
  listener.close();
});

Deno.test("a protocol is agreed upon where the peer offers one of ours, the dearest first", async () => {
  const listener = listen(OLD, ["mine/2", "mine/1"]);
  const agree = async (...alpnProtocols: string[]) => {
    const accepting = listener.accept();
    const peer = await Deno.connectTls({
      hostname: "localhost",
      port: portOf(listener),
      caCerts: [OLD.certificate],
      ...(alpnProtocols.length === 0 ? {} : { alpnProtocols }),
    });
    const transport = await accepting;
    try {
      const [{ alpnProtocol }] = await Promise.all([
        peer.handshake(),
        transport.handshake?.().catch(() => {}),
      ]);
      return alpnProtocol;
    } finally {
      peer.close();
      transport.close();
    }
  };
  assertEquals(await agree(), null);
  assertEquals(await agree("mine/1"), "mine/1");
  assertEquals(await agree("other", "mine/1", "mine/2"), "mine/2");
  const error = await assertRejects(() => agree("other"));
  assertStringIncludes(String(error), "NoApplicationProtocol");
  listener.close();
});

Deno.test("replaceIdentity: new connections get the new certificate, open ones go on", async () => {
  const listener = listen(OLD);
  const { address } = listener;
  using before = await meet(listener, OLD);
  listener.replaceIdentity(NEW);
  assertEquals(listener.address, address);
  await before.exchange();
  using after = await meet(listener, NEW);
  await after.exchange();
  await before.exchange();
  listener.replaceIdentity(OLD);
  using again = await meet(listener, OLD);
  await again.exchange();
  listener.close();
});

Deno.test("replaceIdentity: an accept that waits gets the next connection", async () => {
  const listener = listen(OLD);
  const accepting = listener.accept();
  listener.replaceIdentity(NEW);
  listener.replaceIdentity(OLD);
  listener.replaceIdentity(NEW);
  const peer = await dial(listener, NEW);
  using meeting = new Meeting(await accepting, peer);
  await meeting.exchange();
  listener.close();
});

Deno.test("replaceIdentity: who waits in the queue is not lost", async () => {
  const listener = listen(OLD);
  // They are connected as soon as the system has them in its queue; nobody has accepted them.
  const port = portOf(listener);
  const waiting = await Promise.all(
    Array.from({ length: 10 }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  for (let turn = 0; turn < 5; turn++) listener.replaceIdentity(turn % 2 === 0 ? NEW : OLD);
  for (const tcp of waiting) {
    const transport = await listener.accept();
    const caCerts = [NEW.certificate];
    using meeting = new Meeting(
      transport,
      await Deno.startTls(tcp, { hostname: "localhost", caCerts }),
    );
    await meeting.exchange();
  }
  listener.close();
});

Deno.test("replaceIdentity refuses what cannot be used, and nothing has changed", async () => {
  const listener = listen(OLD);
  const pairs = [
    { certificate: "", key: "" },
    { certificate: "x", key: "y" },
    { certificate: NEW.certificate, key: OLD.key },
    { certificate: NEW.certificate, key: "" },
    { certificate: NEW.key, key: NEW.certificate },
  ];
  for (const pair of pairs) {
    const error = assertThrows(() => listener.replaceIdentity(pair), ListenError);
    assertEquals(error.fault, "bad-certificate");
    assertStringIncludes(
      error.message,
      "Cannot take another certificate: the certificate and its key cannot be used (",
    );
  }
  using meeting = await meet(listener, OLD);
  await meeting.exchange();
  listener.close();
});

Deno.test("close ends the accept that waits, and frees the port, after a replacement too", async () => {
  for (const isReplaced of [false, true]) {
    const listener = listen(OLD);
    const port = portOf(listener);
    if (isReplaced) listener.replaceIdentity(NEW);
    const accepting = listener.accept();
    listener.close();
    listener.close();
    assertEquals(toAcceptFailure(await assertRejects(() => accepting)), "closed");
    listener.replaceIdentity(OLD);
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    listenTls({ hostname: "127.0.0.1", port, identity: OLD }).close();
  }
});

Deno.test("listenTls names a taken port, its own process's too", () => {
  const listener = listen(OLD);
  const port = portOf(listener);
  using plain = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (const taken of [port, (plain.addr as Deno.NetAddr).port]) {
    for (const hostname of ["127.0.0.1", "localhost"]) {
      const options = { hostname, port: taken, identity: NEW };
      const error = assertThrows(() => listenTls(options), ListenError);
      assertEquals(error.message, `Cannot listen on ${hostname}:${taken}: the port is taken`);
    }
  }
  listener.close();
});

Deno.test("listenTls leaves no trace where all objects inherit from", () => {
  const before = Reflect.ownKeys(Object.prototype);
  const listener = listen(OLD);
  listener.replaceIdentity(NEW);
  assertThrows(() => listener.replaceIdentity({ certificate: "", key: "" }));
  assertEquals(Reflect.ownKeys(Object.prototype), before);
  listener.close();
});
