// Peers that want the server's time, memory or descriptors, or do not know what HTTP is. Nothing that they
// are answered is looked at. Each is let in again and again until the time is over, and leaves its
// connection at the latest then, in whatever state that is.

import { mutated } from "../fuzz/mutations.ts";
import { toBytes } from "../support/raw_client.ts";
import type { SeededRandom } from "../support/seeded_random.ts";
import { toRequest } from "../support/served_folder.ts";
import type { SoakTime } from "./soak_time.ts";

/** What a peer works with. */
export interface HostileOptions {
  readonly port: number;
  readonly random: SeededRandom;
  /** Requests to spoil. */
  readonly seeds: readonly Uint8Array[];
  /** How many silent connections the crowd may hold. */
  readonly crowd: number;
  readonly time: SoakTime;
}

/** A connection of a hostile peer; it is closed when this resolves. */
type Attack = (peer: Peer, options: HostileOptions) => Promise<void>;

/** The kinds of attacks, and how many peers make them at the same time. */
export const HOSTILE_PEERS: readonly (readonly [name: string, count: number, attack: Attack])[] = [
  ["slow heads", 30, sendHeadSlowly],
  ["slow content", 20, sendContentSlowly],
  ["slow readers", 20, readSlowly],
  ["readers of nothing", 20, readNothing],
  ["garbage", 6, sendGarbage],
  ["resets", 6, reset],
  ["half-closed ends", 4, endOneSide],
  ["churn", 4, comeAndGo],
  ["floods of requests", 2, flood],
  ["TLS on a plain port", 2, speakTls],
  ["silent connections", 1, gatherCrowd],
];

/** Attacks again and again until the time is over; resolves to how often. */
export async function keepAttacking(attack: Attack, options: HostileOptions): Promise<number> {
  const { time, port } = options;
  let times = 0;
  for (; !time.isOver; times++) {
    try {
      using peer = await Peer.connect(port, time);
      await attack(peer, options);
    } catch (error) {
      if (!isOfTheWire(error)) throw error;
    }
  }
  return times;
}

/** One connection, which the end of the time closes. */
export class Peer implements Disposable {
  readonly #connection: Deno.TcpConn;
  #forget: () => void = () => {};
  #isOpen = true;

  private constructor(connection: Deno.TcpConn, time: SoakTime) {
    this.#connection = connection;
    this.#forget = time.atEnd(() => this[Symbol.dispose]());
  }

  static async connect(port: number, time: SoakTime): Promise<Peer> {
    return new Peer(await Deno.connect({ hostname: "127.0.0.1", port }), time);
  }

  async send(data: string | Uint8Array): Promise<void> {
    const octets = toBytes(data);
    for (let sent = 0; sent < octets.length;) {
      sent += await this.#connection.write(octets.subarray(sent));
    }
  }

  /** Reads at most `count` octets; whether there were some. */
  async read(count: number): Promise<boolean> {
    return await this.#connection.read(new Uint8Array(count)) !== null;
  }

  async readToEnd(): Promise<void> {
    while (await this.read(65_536));
  }

  endSide(): Promise<void> {
    return this.#connection.closeWrite();
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#forget();
    this.#connection.close();
  }
}

const PATHS = ["/tiny.txt", "/photo.jpg", "/film.mp4", "/log.txt", "/disc.iso"];

async function sendHeadSlowly(peer: Peer, { random, time }: HostileOptions): Promise<void> {
  const head = toRequest("GET", "/tiny.txt", `Cookie: ${"x".repeat(500)}`);
  for (const octet of head) {
    await peer.send(octet);
    await time.pause(100 + random.int(1_900));
  }
}

async function sendContentSlowly(peer: Peer, { random, time }: HostileOptions): Promise<void> {
  await peer.send(toRequest("POST", "/tiny.txt", "Content-Length: 200000"));
  while (!time.isOver) {
    await peer.send("x".repeat(1 + random.int(50)));
    await time.pause(100 + random.int(1_900));
  }
}

async function readSlowly(peer: Peer, { random, time }: HostileOptions): Promise<void> {
  const coding = random.pick(["identity", "gzip", "br", "zstd"]);
  await peer.send(toRequest("GET", random.pick(PATHS), `Accept-Encoding: ${coding}`).repeat(3));
  while (!time.isOver && await peer.read(1 + random.int(20_000))) {
    await time.pause(100 + random.int(1_900));
  }
}

async function readNothing(peer: Peer, { random, time }: HostileOptions): Promise<void> {
  const coding = random.pick(["identity", "gzip", "br", "zstd"]);
  await peer.send(toRequest("GET", random.pick(PATHS), `Accept-Encoding: ${coding}`).repeat(20));
  await time.pause(random.int(40_000));
}

async function sendGarbage(peer: Peer, { random, seeds }: HostileOptions): Promise<void> {
  const octets = random.int(8) === 0 ? random.bytes(1 + random.int(3_000)) : mutated(seeds, random);
  let start = 0;
  for (const end of [...random.cuts(octets.length, random.int(4)), octets.length]) {
    await peer.send(octets.subarray(start, end));
    start = end;
  }
  if (random.int(3) > 0) return;
  // An end tells the server that no more is to come, so that this one does not wait for long.
  await peer.endSide();
  await peer.readToEnd();
}

/** Closing a socket with unread octets in it is how Deno sends a reset. */
async function reset(peer: Peer, { random, time }: HostileOptions): Promise<void> {
  const request = toRequest("GET", random.pick(PATHS));
  const state = random.pick([
    request,
    request.repeat(50),
    request + request.slice(0, 1 + random.int(request.length - 1)),
    `${request}${toRequest("POST", "/tiny.txt", "Content-Length: 1000")}some of it`,
    toRequest("GET", "/log.txt", "Accept-Encoding: gzip"),
    toRequest("GET", "/disc.iso", "Range: bytes=0-6000000,1-7000000"),
    toRequest("GET", "/tiny.txt", "Connection: close"),
    "GET / HTTP/1.1\r\n\r\n",
  ]);
  await peer.send(state);
  await peer.read(1);
  await time.pause(random.int(50));
}

async function endOneSide(peer: Peer, { random }: HostileOptions): Promise<void> {
  const request = toRequest("GET", random.pick(PATHS));
  await peer.send(request.repeat(random.int(3)) + request.slice(0, random.int(request.length)));
  await peer.endSide();
  if (random.int(2) === 0) await peer.readToEnd();
  else await peer.read(1 + random.int(100));
}

async function comeAndGo(peer: Peer, { random, time }: HostileOptions): Promise<void> {
  if (random.int(2) === 0) await peer.send(toRequest("GET", "/tiny.txt").slice(0, random.int(50)));
  await time.pause(random.int(10));
}

async function flood(peer: Peer, { random, time }: HostileOptions): Promise<void> {
  const many = toBytes(toRequest("GET", "/tiny.txt").repeat(200));
  const sending = (async () => {
    for (let i = 0; i < 50; i++) await peer.send(many);
    await peer.endSide();
  })();
  // Until the buffers are full on both sides.
  await Promise.race([sending, time.pause(random.int(2_000))]);
  const taking = random.int(2) === 0 ? peer.readToEnd() : Promise.resolve();
  const [, sent] = await Promise.allSettled([
    taking.finally(() => peer[Symbol.dispose]()),
    sending,
  ]);
  if (sent.status === "rejected" && !isOfTheWire(sent.reason)) throw sent.reason;
}

async function speakTls(peer: Peer, { random, time }: HostileOptions): Promise<void> {
  // The record layer's head and the beginning of a ClientHello; what follows is random in any case.
  await peer.send(Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, ...random.bytes(505)));
  await peer.readToEnd();
  await time.pause(random.int(200));
}

/** Opens connections that say nothing, or nothing more after one answer, and lets go of some of them. */
async function gatherCrowd(_: Peer, { port, random, time, crowd }: HostileOptions): Promise<void> {
  const peers: Peer[] = [];
  while (!time.isOver) {
    for (let i = 0; i < 50 && peers.length < crowd; i++) {
      const peer = await Peer.connect(port, time);
      peers.push(peer);
      if (random.int(2) === 0) await peer.send(toRequest("GET", "/tiny.txt"));
    }
    if (peers.length === crowd) {
      for (const peer of peers.splice(0, random.int(crowd / 4))) peer[Symbol.dispose]();
    }
    await time.pause(200);
  }
}

/** What the server does to such peers, and what the end of the time does. */
function isOfTheWire(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.ConnectionRefused ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted;
}
