/**
 * WHAT ANSWERS (RFC 9110 section 11, RFC 7617): Basic authentication, around any handler.
 *
 *   no Authorization, another scheme, nonsense   401 and the challenge
 *   several Authorization lines                  400: nobody can tell which one was meant
 *   seen before and found right                  on to the handler, at once
 *   else                                         hash it: right, on to the handler; wrong, 401
 *   too many wait for that                       503
 *
 * A hash is slow on purpose, and a browser sends the password with every picture. So what was found right
 * is remembered for as long as the process runs: a keyed digest of the field's value, whose key nobody
 * knows, so that neither the memory nor the time of a look-up tells anything about a password. Requests
 * that come with the same value at the same time wait for one hash.
 *
 * What is wrong is hashed each time, and that must not be a way to keep the server busy: two
 * hashes are made at a time, on threads of their own, and a few more may wait. Who is already known never
 * waits. A name that nobody has costs a hash too, or the time would tell which names there are.
 *
 * Names and passwords never go into a message, a log line or an answer. The handler learns the name and may
 * hand it on: the gateway tells it to scripts and apps.
 */

import { createHmac, randomBytes } from "node:crypto";
import type { Handler, HttpRequest, HttpResponse } from "../server/handler.ts";
import { textAnswer } from "../server/text_answer.ts";
import type { Credential, PasswordHash } from "./credentials.ts";
import { DerivedRequest } from "./derived_request.ts";
import { SettingError } from "./setting_error.ts";

/** How many hashes are made at the same time: each takes a core and 16 MiB. */
export const HASHING_LIMIT = 2;
/** How many may wait for that; the last of them waits for some seconds. */
export const WAITING_LIMIT = 32;
/** How many spellings of right credentials are remembered; the oldest is forgotten. */
const REMEMBERED_LIMIT = 1_000;

const CHALLENGE = ["WWW-Authenticate", 'Basic realm="rawserve", charset="UTF-8"'] as const;
const UNAUTHORIZED = textAnswer(401, "This needs a name and a password", CHALLENGE);
const REPEATED = textAnswer(400, "There is more than one Authorization field");
const BUSY = textAnswer(503, "Too many passwords are being checked", ["Retry-After", "2"]);

// The scheme is case-insensitive (RFC 9110 11.1); padding may be missing. No octets repeat in two ways.
const BASIC = /^basic +([A-Za-z0-9+/]+)(={0,2})$/i;

/**
 * `handler`, for those only who know one of `credentials`. Throws `SettingError` where two of them are of
 * the same user.
 */
export function withAuthorization(
  handler: Handler,
  credentials: readonly Credential[],
): Handler {
  const gate = new Gate(credentials);
  const goOn = (request: HttpRequest, checked: Checked) =>
    typeof checked === "string" ? handler(new UsersRequest(request, checked)) : checked;
  return (request) => {
    const checked = gate.check(request);
    return checked instanceof Promise
      ? checked.then((settled) => goOn(request, settled))
      : goOn(request, checked);
  };
}

/** The name of who is let in, or the answer that keeps the request out. */
type Checked = string | HttpResponse;

/** A request of which it is known who sent it. */
class UsersRequest extends DerivedRequest {
  readonly #user: string;

  constructor(request: HttpRequest, user: string) {
    super(request);
    this.#user = user;
  }

  override get user(): string {
    return this.#user;
  }
}

class Gate {
  readonly #hashes = new Map<string, PasswordHash>();
  /** Stands in for the hash of names that nobody has; costs as much as the first credential's. */
  readonly #decoy: PasswordHash | null;
  readonly #key = randomBytes(32);
  /** The names in the values that were found right, by the values' digests, oldest first. */
  readonly #right = new Map<string, string>();
  /** What is being found out, by the value's digest. */
  readonly #pending = new Map<string, Promise<boolean>>();
  readonly #waiting: (() => void)[] = [];
  #hashing = 0;

  constructor(credentials: readonly Credential[]) {
    for (const { user, hash } of credentials) {
      if (this.#hashes.has(user)) {
        throw new SettingError("Cannot use --auth twice for the same user", "give one of the two");
      }
      this.#hashes.set(user, hash);
    }
    this.#decoy = credentials[0]?.hash.toDecoy() ?? null;
  }

  /** Who sent the request, or what keeps it out. */
  check({ fields }: HttpRequest): Checked | Promise<Checked> {
    const value = fields.get("authorization");
    if (value === null) return UNAUTHORIZED;
    if (fields.getAll("authorization").length > 1) return REPEATED;
    const digest = createHmac("sha256", this.#key).update(value, "latin1").digest("base64url");
    const known = this.#right.get(digest);
    if (known !== undefined) return known;
    const given = parseBasic(value);
    if (given === null) return UNAUTHORIZED;
    let pending = this.#pending.get(digest);
    if (pending === undefined) {
      if (this.#hashing >= HASHING_LIMIT && this.#waiting.length >= WAITING_LIMIT) return BUSY;
      pending = this.#verify(given).finally(() => this.#pending.delete(digest));
      this.#pending.set(digest, pending);
    }
    return pending.then((isRight) => {
      if (!isRight) return UNAUTHORIZED;
      this.#remember(digest, given.user);
      return given.user;
    });
  }

  async #verify({ user, password }: { user: string; password: string }): Promise<boolean> {
    if (this.#hashing >= HASHING_LIMIT) {
      // Who has finished hands the place over, so the number stays.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#hashing++;
    }
    try {
      const hash = this.#hashes.get(user);
      const isRight = await (hash ?? this.#decoy)?.matches(password) ?? false;
      return isRight && hash !== undefined;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#hashing--;
      else next();
    }
  }

  #remember(digest: string, user: string): void {
    this.#right.set(digest, user);
    if (this.#right.size <= REMEMBERED_LIMIT) return;
    for (const oldest of this.#right.keys()) {
      this.#right.delete(oldest);
      break;
    }
  }
}

/** The name and the password in the value of Authorization, both in NFC; null where there are none. */
function parseBasic(value: string): { user: string; password: string } | null {
  const [, data] = BASIC.exec(value) ?? [];
  if (data === undefined) return null;
  try {
    const octets = Uint8Array.fromBase64(data);
    // It must not swallow a byte order mark, which would make two passwords one.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
    const colon = text.indexOf(":");
    if (colon < 0) return null;
    return {
      user: text.slice(0, colon).normalize("NFC"),
      password: text.slice(colon + 1).normalize("NFC"),
    };
  } catch (error) {
    // Base64 of an impossible length, or octets that are not UTF-8, which the challenge asked for.
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}
