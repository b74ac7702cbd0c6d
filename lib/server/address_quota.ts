/**
 * DRIVER: how many connections one address has, so that nobody takes all of them.
 *
 * It is the socket's peer that counts, whoever a proxy says that it speaks for. There is an entry for each
 * open connection and for each address that has one, and none for others. Peers on Unix sockets have
 * no address and are not counted.
 */

import { toAddressBlock } from "../net/address_block.ts";
import type { Address } from "../net/transport.ts";

/** Counts the connections of each address; `Member` is what stands for a connection. */
export class AddressQuota<Member extends object> {
  readonly #counts = new Map<string, number>();
  readonly #blocks = new Map<Member, string>();

  /** How many addresses have a connection. */
  get size(): number {
    return this.#counts.size;
  }

  /** How many connections are open from the address, or its /64. */
  countOf(address: Address): number {
    return address.transport === "tcp"
      ? this.#counts.get(toAddressBlock(address.hostname)) ?? 0
      : 0;
  }

  /** Counts `member`, a connection from `address`, until it leaves. */
  enter(member: Member, address: Address): void {
    if (address.transport !== "tcp") return;
    const block = toAddressBlock(address.hostname);
    this.#blocks.set(member, block);
    this.#counts.set(block, 1 + (this.#counts.get(block) ?? 0));
  }

  /** Counts `member` no longer. */
  leave(member: Member): void {
    const block = this.#blocks.get(member);
    if (block === undefined) return;
    this.#blocks.delete(member);
    const count = this.#counts.get(block)!;
    if (count > 1) this.#counts.set(block, count - 1);
    else this.#counts.delete(block);
  }
}
