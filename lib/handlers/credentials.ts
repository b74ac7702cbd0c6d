/**
 * WHAT ANSWERS (RFC 7617, RFC 7914): names and passwords, of which only salted hashes are kept.
 *
 *   ann:scrypt.16384.8.5.SALT.HASH      the name, then N, r and p of scrypt, salt and hash in base64url
 *
 * The text may stand anywhere: no shell and no environment file has a use for any character of it but
 * those of the name. scrypt is meant to be slow and to need memory, so that who finds the hash in a list of
 * processes cannot try passwords by the billion. The numbers travel with the hash, so they can grow
 * without making old hashes worthless.
 *
 * Names and passwords are made NFC before anything is done with them: an ä that was typed on one system and
 * is checked on another is then the same ä.
 */

import { Buffer } from "node:buffer";
import { randomBytes, scrypt, scryptSync, timingSafeEqual } from "node:crypto";
import { SettingError } from "./setting_error.ts";

/** A name, and what is known of its password. */
export interface Credential {
  /** In NFC; not empty, without a colon and control characters. */
  readonly user: string;
  /** What the password is compared with. */
  readonly hash: PasswordHash;
}

interface Cost {
  /** N: rounds, a power of two. */
  readonly rounds: number;
  /** r: memory is N times r times 128 octets. */
  readonly block: number;
  /** p: how often all of it is done. */
  readonly passes: number;
}

/** 16 MiB and about a quarter of a second: what OWASP asks for, where memory is dear. */
const COST: Cost = { rounds: 16_384, block: 8, passes: 5 };
/** What a hash may ask of the server for each password: 256 MiB, and ten times the work of ours. */
const MOST_MEMORY = 2 ** 28;
const MOST_WORK = 10 * COST.rounds * COST.block * COST.passes;
const SALT_OCTETS = 16;
const HASH_OCTETS = 32;
const HASH =
  /^scrypt\.(\d{1,7})\.(\d{1,3})\.(\d{1,3})\.([A-Za-z0-9_-]{11,86})\.([A-Za-z0-9_-]{43})$/;
// Neither may stand in credentials (RFC 7617 section 2).
const CONTROL = /\p{Cc}/u;

/** A salted hash of a password. */
export class PasswordHash {
  readonly #cost: Cost;
  readonly #salt: Uint8Array;
  readonly #hash: Uint8Array;

  /** Made by `hashPassword` and `parseCredentials`. */
  constructor(hash: Uint8Array, options: { cost: Cost; salt: Uint8Array }) {
    this.#hash = hash;
    this.#cost = options.cost;
    this.#salt = options.salt;
  }

  /**
   * Whether it is the hash of `password`, in NFC. That takes as long as the hash wants it, on a thread of
   * its own, and just as long for a wrong password, which is compared in constant time.
   */
  async matches(password: string): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    scrypt(password, this.#salt, HASH_OCTETS, toScryptOptions(this.#cost), (error, derived) => {
      if (error === null) resolve(derived);
      else reject(error);
    });
    return timingSafeEqual(await promise, this.#hash);
  }

  /** A hash that costs as much and that no password has. */
  toDecoy(): PasswordHash {
    return new PasswordHash(randomBytes(HASH_OCTETS), { cost: this.#cost, salt: this.#salt });
  }
}

/**
 * A salted hash of `password`, as it stands behind the colon of `parseCredentials`. Takes a quarter of a second.
 * Throws `SettingError` for a password that nobody could log in with.
 */
export function hashPassword(password: string): string {
  if (password === "" || CONTROL.test(password)) {
    throw new SettingError(
      "Cannot hash the password",
      "give at least one character, none a control",
    );
  }
  const salt = randomBytes(SALT_OCTETS);
  const hash = scryptSync(password.normalize("NFC"), salt, HASH_OCTETS, toScryptOptions(COST));
  const { rounds, block, passes } = COST;
  const texts = [salt, hash].map((octets) => octets.toString("base64url"));
  return ["scrypt", rounds, block, passes, ...texts].join(".");
}

/**
 * Understands `user:hash`. Throws `SettingError`, whose message never repeats the text: it may hold a
 * password that was given by mistake.
 */
export function parseCredentials(text: string): Credential {
  const colon = text.indexOf(":");
  const user = text.slice(0, Math.max(colon, 0));
  if (user === "" || CONTROL.test(user)) {
    throw refuse("give USER:HASH, the user without control characters");
  }
  const [, rounds, block, passes, salt, hash] = HASH.exec(text.slice(colon + 1)) ?? [];
  if (salt === undefined || hash === undefined) {
    throw refuse("what follows the colon is no hash of ours; a password itself is never taken");
  }
  const cost = { rounds: Number(rounds), block: Number(block), passes: Number(passes) };
  if (!isPossible(cost)) {
    throw refuse(
      "the first number of the hash is no power of two, or its numbers are out of bounds",
    );
  }
  return {
    user: user.normalize("NFC"),
    hash: new PasswordHash(Buffer.from(hash, "base64url"), {
      cost,
      salt: Buffer.from(salt, "base64url"),
    }),
  };
}

function isPossible({ rounds, block, passes }: Cost): boolean {
  return rounds >= 2 && Number.isInteger(Math.log2(rounds)) && block >= 1 && passes >= 1 &&
    128 * rounds * block <= MOST_MEMORY && rounds * block * passes <= MOST_WORK;
}

function toScryptOptions({ rounds, block, passes }: Cost) {
  return { N: rounds, r: block, p: passes, maxmem: 2 * MOST_MEMORY };
}

function refuse(advice: string): SettingError {
  return new SettingError("Cannot understand --auth", advice);
}
