import {
  HASHING_LIMIT,
  WAITING_LIMIT,
  withAuthorization,
} from "../../lib/handlers/authorization.ts";
import { hashPassword, parseCredentials } from "../../lib/handlers/credentials.ts";
import { SettingError } from "../../lib/handlers/setting_error.ts";
import { FieldBlock } from "../../lib/http1/field_block.ts";
import type { Handler, HttpRequest, HttpResponse } from "../../lib/server/handler.ts";
import {
  assert,
  assertEquals,
  assertGreater,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "../deps.ts";
import { toText } from "../support/raw_client.ts";
import { getWith, requestOf } from "../support/request.ts";
import { scryptSync } from "node:crypto";
import { Buffer } from "node:buffer";

const INSIDE: HttpResponse = { status: 200, fields: FieldBlock.EMPTY, content: null };
const CHALLENGE = 'Basic realm="rawserve", charset="UTF-8"';

/** A credential that costs next to nothing to check, or so many rounds. */
function cheap(user: string, password: string, rounds = 16) {
  const salt = Buffer.from("0123456789abcdef");
  const hash = scryptSync(password.normalize("NFC"), salt, 32, {
    N: rounds,
    r: 8,
    p: 1,
    maxmem: 2 ** 28,
  });
  const texts = [salt, hash].map((octets) => octets.toString("base64url"));
  return parseCredentials(`${user}:scrypt.${rounds}.8.1.${texts.join(".")}`);
}

/** The field line for `text`, usually `user:password`, in UTF-8. */
function basic(text: string | Uint8Array<ArrayBuffer>): string {
  const octets = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return `Authorization: Basic ${octets.toBase64()}`;
}

function guarded(...credentials: ReturnType<typeof cheap>[]): Handler {
  return withAuthorization(() => INSIDE, credentials);
}

async function statusOf(handler: Handler, ...lines: string[]): Promise<number> {
  return (await handler(getWith(...lines))).status;
}

Deno.test("withAuthorization lets in who knows the password (RFC 7617 2)", async () => {
  const handler = guarded(cheap("ann", "secret"), cheap("bob", "a:b"));
  assertStrictEquals(await handler(getWith(basic("ann:secret"))), INSIDE);
  assertEquals(await statusOf(handler, basic("bob:a:b")), 200);
  assertEquals(await statusOf(handler, basic("ann:secret").replace("Basic", "bASIC  ")), 200);
  assertEquals(await statusOf(handler, basic("ann:secret").replace(/=+$/, "")), 200);
});

const refused: [what: string, lines: string[]][] = [
  ["no field", []],
  ["a wrong password", [basic("ann:wrong")]],
  ["the password in another case", [basic("ann:Secret")]],
  ["more than the password", [basic("ann:secret ")]],
  ["less than the password", [basic("ann:secre")]],
  ["no password", [basic("ann:")]],
  ["no colon", [basic("ann")]],
  ["another's password", [basic("bob:secret")]],
  ["an unknown name", [basic("eve:secret")]],
  ["no name", [basic(":secret")]],
  ["the name in another case", [basic("Ann:secret")]],
  ["the hash", [basic("ann:scrypt.16.8.1")]],
  ["a byte order mark before the name", [basic("\ufeffann:secret")]],
  ["octets that are not UTF-8", [basic(Uint8Array.of(0x61, 0x3a, 0xff))]],
  ["an empty value", ["Authorization:"]],
  ["a scheme alone", ["Authorization: Basic"]],
  ["another scheme", ["Authorization: Bearer YW5uOnNlY3JldA=="]],
  ["a scheme that begins alike", ["Authorization: Basically YW5uOnNlY3JldA=="]],
  ["no base64", ["Authorization: Basic !!!!"]],
  ["base64 of an impossible length", ["Authorization: Basic YW5uO"]],
  ["something behind it", [`${basic("ann:secret")}, x`]],
  ["white space within it", ["Authorization: Basic YW5u OnNlY3JldA=="]],
  ["plain text", ["Authorization: Basic ann:secret"]],
];
for (const [what, lines] of refused) {
  Deno.test(`withAuthorization answers 401 to ${what} (RFC 9110 15.5.2)`, async () => {
    const handler = guarded(cheap("ann", "secret"), cheap("bob", "other"));
    // Also when the right one has been seen.
    for (const warm of [false, true]) {
      if (warm) assertEquals(await statusOf(handler, basic("ann:secret")), 200);
      const { status, fields, content } = await handler(getWith(...lines));
      assertEquals([status, fields.get("www-authenticate")], [401, CHALLENGE]);
      assertEquals(fields.get("cache-control"), "no-store");
      assertInstanceOf(content, Uint8Array);
      assertEquals(/secret|ann|bob|eve/.test(toText(content)), false);
    }
  });
}

Deno.test("withAuthorization without credentials lets nobody in", async () => {
  assertEquals(await statusOf(guarded(), basic("a:b")), 401);
});

Deno.test("withAuthorization answers 400 to two fields, even right ones (RFC 9110 5.3)", async () => {
  const handler = guarded(cheap("ann", "secret"));
  for (const second of [basic("ann:secret"), basic("ann:wrong"), "Authorization:"]) {
    const { status, fields } = await handler(getWith(basic("ann:secret"), second));
    assertEquals([status, fields.get("cache-control")], [400, "no-store"]);
  }
});

Deno.test("withAuthorization asks for every method, also OPTIONS and those that nobody knows", async () => {
  const handler = guarded(cheap("ann", "secret"));
  for (
    const line of ["HEAD / HTTP/1.1", "OPTIONS * HTTP/1.1", "POST /x HTTP/1.1", "BREW / HTTP/1.1"]
  ) {
    assertEquals((await handler(requestOf(`${line}\r\nHost: a`))).status, 401);
  }
});

Deno.test("withAuthorization takes an ä however it was typed (RFC 7617 2.1, NFC)", async () => {
  const handler = guarded(cheap("j\u00fcrgen", "p\u00e4ss"), cheap("e\u0301", "\ud83d\ude00"));
  assertEquals(await statusOf(handler, basic("ju\u0308rgen:pa\u0308ss")), 200);
  assertEquals(await statusOf(handler, basic("j\u00fcrgen:p\u00e4ss")), 200);
  assertEquals(await statusOf(handler, basic("\u00e9:\ud83d\ude00")), 200);
  // ISO-8859-1 is not what the challenge asked for.
  const latin1 = Uint8Array.from("jürgen:päss", (character) => character.charCodeAt(0));
  assertEquals(await statusOf(handler, basic(latin1)), 401);
});

Deno.test("withAuthorization tells the handler who it is, at once and later, and all else as it was", async () => {
  const asked: HttpRequest[] = [];
  const handler = withAuthorization((request) => {
    asked.push(request);
    return INSIDE;
  }, [cheap("ann", "secret"), cheap("\u00e9", "secret")]);
  const credentials = ["ann:secret", "e\u0301:secret", "ann:secret"];
  const requests = credentials.map((text) => getWith(basic(text)));
  for (const request of requests) await handler(request);
  assertEquals(asked.map(({ user }) => user), ["ann", "\u00e9", "ann"]);
  const names = Object.keys(requests[0]!) as (keyof HttpRequest)[];
  for (const name of names) assertStrictEquals(asked[2]![name], requests[2]![name], name);
});

Deno.test("withAuthorization hashes what is right once, and answers at once from then on", async () => {
  const handler = guarded(cheap("ann", "secret", 16_384));
  const first = handler(getWith(basic("ann:secret")));
  assertInstanceOf(first, Promise);
  assertEquals((await first).status, 200);
  assertStrictEquals(handler(getWith(basic("ann:secret"))), INSIDE);
  assertInstanceOf(handler(getWith(basic("ann:secret2"))), Promise);
  await settle();
});

Deno.test("withAuthorization hashes the same value once for all who come with it", async () => {
  const handler = guarded(cheap("ann", "secret", 16_384));
  const many = Array.from({ length: 500 }, () => handler(getWith(basic("ann:secret"))));
  assertEquals(new Set((await Promise.all(many)).map(({ status }) => status)), new Set([200]));
});

Deno.test("withAuthorization makes few wait and sends the others away (RFC 9110 15.6.4)", async () => {
  const handler = guarded(cheap("ann", "secret", 1_024), cheap("bob", "secret", 1_024));
  assertEquals(await statusOf(handler, basic("bob:secret")), 200);
  const limit = HASHING_LIMIT + WAITING_LIMIT;
  const wrong = Array.from({ length: limit }, (_, i) => handler(getWith(basic(`ann:${i}`))));
  const late = handler(getWith(basic("ann:secret")));
  assert(!(late instanceof Promise));
  assertEquals([late.status, late.fields.get("retry-after")], [503, "2"]);
  // Who is known does not wait, and what is known to be nothing needs no hash.
  assertStrictEquals(handler(getWith(basic("bob:secret"))), INSIDE);
  assertEquals((handler(getWith("Authorization: Bearer x")) as HttpResponse).status, 401);
  const answers = await Promise.all(wrong);
  assertEquals(answers.every(({ status }) => status === 401), true);
  await settle();
  assertEquals(await statusOf(handler, basic("ann:secret")), 200);
});

Deno.test("withAuthorization does not hold up others while it hashes", async () => {
  const handler = guarded(cheap("ann", "secret", 131_072));
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await handler(getWith(basic("ann:secret")));
  clearInterval(timer);
  assertGreater(turns, 5);
});

Deno.test("withAuthorization takes as long for an unknown name as for a wrong password", async () => {
  const handler = guarded(cheap("ann", "secret", 32_768));
  const timeOf = async (text: string) => {
    let best = Infinity;
    for (let i = 0; i < 3; i++) {
      const begun = performance.now();
      assertEquals(await statusOf(handler, basic(`${text}${i}`)), 401);
      best = Math.min(best, performance.now() - begun);
    }
    return best;
  };
  const [known, unknown] = [await timeOf("ann:x"), await timeOf("eve:x")];
  assert(unknown > known / 2 && known > unknown / 2, `${known} and ${unknown} ms`);
});

Deno.test("withAuthorization passes on what the handler throws, at once and later", async () => {
  const handler = withAuthorization(() => {
    throw new Error("inside");
  }, [cheap("ann", "secret")]);
  await assertRejects(async () => await handler(getWith(basic("ann:secret"))), Error, "inside");
  assertThrows(() => handler(getWith(basic("ann:secret"))), Error, "inside");
});

Deno.test("withAuthorization refuses two credentials of the same user", () => {
  const twice = [cheap("e\u0301", "a"), cheap("\u00e9", "b")];
  assertThrows(() => guarded(...twice), SettingError, "Cannot use --auth twice");
});

Deno.test("hashPassword makes a salted hash that needs no quoting and lets in", async () => {
  const [first, second] = [hashPassword("s3cr\u00e9t "), hashPassword("s3cr\u00e9t ")];
  assertMatch(first, /^scrypt\.16384\.8\.5\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$/);
  assertNotEquals(first, second);
  const handler = guarded(parseCredentials(`ann:${first}`));
  assertEquals(await statusOf(handler, basic("ann:s3cre\u0301t ")), 200);
  assertEquals(await statusOf(handler, basic("ann:s3cr\u00e9t")), 401);
});

for (const password of ["", "a\nb", "\0", "a\x7f"]) {
  Deno.test(`hashPassword refuses ${JSON.stringify(password)} (RFC 7617 2)`, () => {
    assertThrows(() => hashPassword(password), SettingError, "Cannot hash the password");
  });
}

const SALT = "A".repeat(22);
const HASH = "B".repeat(43);
const malformed: [text: string, says: string][] = [
  ["", "give USER:HASH"],
  ["dora", "give USER:HASH"],
  [`:scrypt.16.8.1.${SALT}.${HASH}`, "give USER:HASH"],
  [`a\nb:scrypt.16.8.1.${SALT}.${HASH}`, "give USER:HASH"],
  ["dora:", "no hash of ours"],
  ["dora:hunter2", "no hash of ours"],
  ["dora:$2b$12$abcdefghijklmnopqrstuv", "no hash of ours"],
  [`dora:scrypt.16.8.1.${SALT}`, "no hash of ours"],
  [`dora:scrypt.16.8.1.${SALT}.${HASH}x`, "no hash of ours"],
  [`dora:scrypt.16.8.1.${SALT}.${HASH}\n`, "no hash of ours"],
  [`dora:scrypt.16.8.1.short.${HASH}`, "no hash of ours"],
  [`dora:scrypt.-16.8.1.${SALT}.${HASH}`, "no hash of ours"],
  [`dora:Scrypt.16.8.1.${SALT}.${HASH}`, "no hash of ours"],
  [`dora:scrypt.15.8.1.${SALT}.${HASH}`, "no power of two"],
  [`dora:scrypt.1.8.1.${SALT}.${HASH}`, "no power of two"],
  [`dora:scrypt.0.8.1.${SALT}.${HASH}`, "no power of two"],
  [`dora:scrypt.16.0.1.${SALT}.${HASH}`, "out of bounds"],
  [`dora:scrypt.16.8.0.${SALT}.${HASH}`, "out of bounds"],
  [`dora:scrypt.524288.8.1.${SALT}.${HASH}`, "out of bounds"],
  [`dora:scrypt.16384.8.999.${SALT}.${HASH}`, "out of bounds"],
];
for (const [text, says] of malformed) {
  Deno.test(`parseCredentials refuses ${JSON.stringify(text.slice(0, 28))}… and does not repeat it`, () => {
    const { message } = assertThrows(() => parseCredentials(text), SettingError, says);
    assert(message.startsWith("Cannot understand --auth: "), message);
    assertEquals(/dora|hunter2|BBB/.test(message), false);
  });
}

Deno.test("parseCredentials shows no hash and no salt in what is printed of it", () => {
  const shown = Deno.inspect(parseCredentials(`ann:scrypt.16.8.1.${SALT}.${HASH}`), { depth: 9 });
  assertEquals(/AAA|BBB|Uint8Array/.test(shown), false, shown);
});

/** Lets hashes that nobody waits for come to their end. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 250));
}
