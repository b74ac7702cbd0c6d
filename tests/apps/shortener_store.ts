// Where the shortener keeps its names: in memory, or in Redis by the few words of its protocol that are
// needed (RESP2: arrays of bulk strings out; integers, bulk strings and errors back).

export interface Store {
  /** Keeps `long`; resolves to its short name. */
  add(long: string): Promise<string>;
  /** What was kept under `short`; null where nothing was. */
  get(short: string): Promise<string | null>;
}

/** The store in the Redis at `url` (redis://host:port), or in memory where that is not given. */
export function toStore(url: string | undefined): Store {
  return url === undefined || url === "" ? new MemoryStore() : new RedisStore(new URL(url));
}

class MemoryStore implements Store {
  readonly #kept: string[] = [];

  add(long: string): Promise<string> {
    return Promise.resolve(toShort(this.#kept.push(long)));
  }

  get(short: string): Promise<string | null> {
    return Promise.resolve(this.#kept[Number.parseInt(short, 36) - 1] ?? null);
  }
}

function toShort(count: number): string {
  return count.toString(36);
}

class RedisStore implements Store {
  readonly #address: { hostname: string; port: number };

  constructor(url: URL) {
    this.#address = { hostname: url.hostname, port: Number(url.port || 6379) };
  }

  async add(long: string): Promise<string> {
    const short = toShort(Number(await this.#ask("INCR", "shortener:count")));
    await this.#ask("SET", `shortener:${short}`, long);
    return short;
  }

  get(short: string): Promise<string | null> {
    return this.#ask("GET", `shortener:${short}`);
  }

  /** One command on a connection of its own: simple, and a test needs no more. */
  async #ask(...words: string[]): Promise<string | null> {
    using connection = await Deno.connect(this.#address);
    const command = words.map((word) => `$${new TextEncoder().encode(word).length}\r\n${word}\r\n`);
    const writer = connection.writable.getWriter();
    await writer.write(new TextEncoder().encode(`*${words.length}\r\n${command.join("")}`));
    let answer = "";
    for await (const piece of connection.readable.pipeThrough(new TextDecoderStream())) {
      answer += piece;
      const whole = parseAnswer(answer);
      if (whole !== undefined) return whole;
    }
    throw new Error("Redis ended the connection");
  }
}

/** Undefined where more is needed. */
function parseAnswer(answer: string): string | null | undefined {
  const [, kind, first] = /^([+:$-])(.*)\r\n/.exec(answer) ?? [];
  if (kind === undefined) return undefined;
  if (kind === "-") throw new Error(`Redis says: ${first}`);
  if (kind !== "$") return first!;
  if (first === "-1") return null;
  const rest = answer.slice(answer.indexOf("\r\n") + 2);
  return rest.endsWith("\r\n") ? rest.slice(0, -2) : undefined;
}
