// Small protocols for after a 101, and clients that speak them.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import type { Handler, HttpResponse } from "../../lib/server/handler.ts";
import { Upgrade, type UpgradedWire } from "../../lib/server/upgrade.ts";
import { assertEquals } from "../deps.ts";
import { FakeTransport } from "./fake_transport.ts";
import { type RawClient, toText } from "./raw_client.ts";
import { text } from "./server.ts";

export const ASK = "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";

export function upgrade(
  run: (wire: UpgradedWire) => Promise<void>,
  protocol = "echo",
): HttpResponse {
  return { status: 101, fields: FieldBlock.EMPTY, content: new Upgrade(protocol, run) };
}

/** Sends back what comes, until the peer ends its side. */
export async function echo(wire: UpgradedWire): Promise<void> {
  for (let octets = await wire.read(); octets !== null; octets = await wire.read()) {
    await wire.write(octets);
  }
}

/** Echoes below /echo and answers the rest with its target. */
export const echoing: Handler = ({ target }) =>
  target.raw === "/echo" ? upgrade(echo) : text(target.raw);

/** Why `promise` is rejected; null where it is not. */
export function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => null, (reason) => reason);
}

/** Takes the head of the answer and nothing behind it, and breaks when it is told to. */
export class BreakingTransport extends FakeTransport {
  readonly #broken = Promise.withResolvers<never>();

  fail(error: Error): void {
    this.#broken.reject(error);
  }

  override read(buffer: Uint8Array): Promise<number | null> {
    return Promise.race([super.read(buffer), this.#broken.promise]);
  }

  override write(octets: Uint8Array): Promise<number> {
    return this.written.length === 0 ? super.write(octets) : new Promise(() => {});
  }
}

export async function ask(client: RawClient): Promise<void> {
  await client.send(ASK);
  assertEquals((await client.readResponse()).status, 101);
}

export async function readText(client: RawClient, length: number): Promise<string> {
  return toText(await client.readBytes(length));
}
