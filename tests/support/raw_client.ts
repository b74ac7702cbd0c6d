// A client that sends exactly the bytes it is told to, and reads answers with its own eyes.
//
// It shares no code with lib/http1: a server and a client that agree on a mistake would pass every
// test. The reader is strict (CRLF only, one framing, exact chunks) and works on what has arrived,
// from the front; what is left over belongs to the next response. Every read is bounded, so that a
// server which forgets to answer fails one test instead of hanging them all, and every error shows
// what had been received.
//
// Strings are latin1: one character is one byte, so bad bytes can be written as "\xff". Left out:
// redirects, cookies, decoding of content codings. Nothing of this is for speed.

export type ServerAddress =
  | number
  | { readonly hostname?: string; readonly port: number }
  | { readonly path: string };

export interface ConnectOptions {
  /** Speak TLS, trusting these PEM certificates. */
  readonly caCerts?: string[];
  /** The name asked for in TLS (SNI), `localhost` when not given. */
  readonly serverName?: string;
  /** How long one read may take, in milliseconds. */
  readonly patienceMs?: number;
}

export interface ReadOptions {
  /** The response answers HEAD: whatever its fields say, no content follows. */
  readonly head?: boolean;
}

export interface RawResponse {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** In the order of the wire, names as sent. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly framing: "none" | "length" | "chunked" | "eof";
  readonly content: Uint8Array<ArrayBuffer>;
  readonly chunkSizes: readonly number[];
  readonly trailers: readonly (readonly [name: string, value: string])[];
  /** The value of the field, whatever its case; repeated lines are joined by ", ". */
  field(name: string): string | null;
  /** The content as UTF-8. */
  text(): string;
}

type FieldLines = [name: string, value: string][];

const PATIENCE_MS = 10_000;
const READ_SIZE = 64 * 1024;
const EXCERPT_LENGTH = 400;
/** As many bytes as one call of `String.fromCharCode` surely takes as arguments. */
const PIECE_LENGTH = 8192;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-9]\d\d) ([\t\x20-\x7e\x80-\xff]*)$/;

export async function connect(
  address: ServerAddress,
  options: ConnectOptions = {},
): Promise<RawClient> {
  return new RawClient(await dial(address, options), options.patienceMs ?? PATIENCE_MS);
}

export class RawClient implements Disposable {
  readonly #conn: Deno.Conn;
  readonly #patienceMs: number;
  /** What was received and not yet taken lies from #start to #end. */
  #buffer = new Uint8Array(READ_SIZE);
  #start = 0;
  #end = 0;
  #ended = false;
  #closed = false;

  constructor(conn: Deno.Conn, patienceMs: number) {
    this.#conn = conn;
    this.#patienceMs = patienceMs;
  }

  /** This side's address, by which the server's log knows the connection. */
  get localAddress(): Deno.Addr {
    return this.#conn.localAddr;
  }

  /** Arrived, but not yet taken by a read. */
  get pending(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  async send(data: string | Uint8Array): Promise<void> {
    const bytes = toBytes(data);
    let sent = 0;
    while (sent < bytes.length) sent += await this.#conn.write(bytes.subarray(sent));
  }

  /**
   * Sends what lies between the cuts in writes of their own, with a turn of the event loop after
   * each. Returns how many bytes went out: all of them, or less if the server closed before the end,
   * as it may when it has refused the message already.
   */
  async sendInPieces(data: string | Uint8Array, cuts: readonly number[]): Promise<number> {
    const bytes = toBytes(data);
    let sent = 0;
    for (const end of [...cuts, bytes.length]) {
      try {
        await this.send(bytes.subarray(sent, end));
      } catch (error) {
        if (isPeerGone(error)) return sent;
        throw error;
      }
      sent = end;
      await turnOfEventLoop();
    }
    return sent;
  }

  /** Everything until the server closes. */
  async readAll(): Promise<Uint8Array<ArrayBuffer>> {
    while (await this.#readMore("the end of the connection"));
    return this.#take(this.pending.length);
  }

  /** Everything until the server closes, as latin1. */
  async readAllText(): Promise<string> {
    return toText(await this.readAll());
  }

  /** Exactly `length` bytes. */
  async readBytes(length: number): Promise<Uint8Array<ArrayBuffer>> {
    await this.#need(length, `${length} bytes`);
    return this.#take(length);
  }

  /** One response, interim ones (1xx) included, each by itself. */
  async readResponse(options: ReadOptions = {}): Promise<RawResponse> {
    const statusLine = await this.#line("a status line");
    const [, version = "", code = "", reason = ""] = STATUS_LINE.exec(statusLine) ??
      this.#fail(`Not a status line: ${JSON.stringify(statusLine)}`);
    const fields = await this.#fieldLines();
    const status = Number(code);
    const framing = this.#framing(status, { fields, head: options.head ?? false });
    const content = await this.#content(framing, fields);
    return {
      version,
      status,
      reason,
      fields,
      framing,
      ...content,
      field: (name) => joined(valuesOf(fields, name)),
      text: () => new TextDecoder().decode(content.content),
    };
  }

  /** Says that nothing more will be sent; reading goes on. */
  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  /** Closes the connection; a second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #framing(
    status: number,
    { fields, head }: { fields: FieldLines; head: boolean },
  ): RawResponse["framing"] {
    const lengths = valuesOf(fields, "content-length");
    const codings = valuesOf(fields, "transfer-encoding");
    if (lengths.length + codings.length > 1) this.#fail("Two fields frame the content");
    if (lengths.some((value) => !/^\d+$/.test(value))) this.#fail("Bad Content-Length");
    if (codings.some((value) => value.toLowerCase() !== "chunked")) {
      this.#fail("Bad Transfer-Encoding");
    }
    const never = status < 200 || status === 204;
    if (never && lengths.length + codings.length > 0) {
      this.#fail(`A response with ${status} must not frame content`);
    }
    if (head || never || status === 304) return "none";
    if (codings.length > 0) return "chunked";
    return lengths.length > 0 ? "length" : "eof";
  }

  async #content(
    framing: RawResponse["framing"],
    fields: FieldLines,
  ): Promise<Pick<RawResponse, "content" | "chunkSizes" | "trailers">> {
    const whole = { chunkSizes: [], trailers: [] };
    switch (framing) {
      case "none":
        return { ...whole, content: new Uint8Array() };
      case "length":
        return {
          ...whole,
          content: await this.readBytes(Number(valuesOf(fields, "content-length")[0])),
        };
      case "eof":
        return { ...whole, content: await this.readAll() };
      case "chunked":
        return await this.#chunks();
    }
  }

  async #chunks(): Promise<Pick<RawResponse, "content" | "chunkSizes" | "trailers">> {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    while (true) {
      const line = await this.#line("a chunk size");
      const [digits] = /^[0-9A-Fa-f]{1,13}$/.exec(line) ??
        this.#fail(`Not a chunk size: ${JSON.stringify(line)}`);
      const size = Number.parseInt(digits, 16);
      if (size === 0) break;
      chunks.push(await this.readBytes(size));
      const end = toText(await this.readBytes(2));
      if (end !== "\r\n") this.#fail(`A chunk of ${size} ends with ${JSON.stringify(end)}`);
    }
    return {
      content: concatenated(chunks),
      chunkSizes: chunks.map((chunk) => chunk.length),
      trailers: await this.#fieldLines(),
    };
  }

  async #fieldLines(): Promise<FieldLines> {
    const fields: FieldLines = [];
    while (true) {
      const line = await this.#line("a field line");
      if (line === "") return fields;
      const colon = line.indexOf(":");
      const name = line.slice(0, Math.max(0, colon));
      const value = line.slice(colon + 1);
      if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) {
        this.#fail(`Not a field line: ${JSON.stringify(line)}`);
      }
      fields.push([name, value.replace(/^[ \t]+|[ \t]+$/g, "")]);
    }
  }

  /** One line without its CRLF; a bare CR or LF is an error. */
  async #line(wanted: string): Promise<string> {
    let end = this.pending.indexOf(0x0a);
    while (end === -1) {
      if (!await this.#readMore(wanted)) this.#fail(`The connection ended inside ${wanted}`);
      end = this.pending.indexOf(0x0a);
    }
    const line = toText(this.#take(end + 1));
    if (!line.endsWith("\r\n") || line.indexOf("\r") !== line.length - 2) {
      this.#fail(`Bare CR or LF in ${JSON.stringify(line)}`);
    }
    return line.slice(0, -2);
  }

  async #need(length: number, wanted: string): Promise<void> {
    while (this.pending.length < length) {
      if (!await this.#readMore(wanted)) this.#fail(`The connection ended inside ${wanted}`);
    }
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const taken = this.pending.slice(0, length);
    this.#start += taken.length;
    return taken;
  }

  async #readMore(wanted: string): Promise<boolean> {
    if (this.#ended) return false;
    this.#makeRoom();
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      this.close();
    }, this.#patienceMs);
    try {
      const count = await this.#conn.read(this.#buffer.subarray(this.#end));
      if (count === null) this.#ended = true;
      else this.#end += count;
      return count !== null;
    } catch (error) {
      const reason = timedOut ? "nothing came in time" : (error as Error).message;
      throw new Error(this.#report(`Cannot read ${wanted}: ${reason}`), { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Moves what is pending to the front, of a larger buffer if it fills more than half of this one. */
  #makeRoom(): void {
    if (this.#end < this.#buffer.length) return;
    const pending = this.pending;
    const crowded = pending.length > this.#buffer.length / 2;
    const roomy = crowded ? new Uint8Array(this.#buffer.length * 2) : this.#buffer;
    roomy.set(pending);
    this.#buffer = roomy;
    this.#start = 0;
    this.#end = pending.length;
  }

  #fail(message: string): never {
    throw new Error(this.#report(message));
  }

  #report(message: string): string {
    const text = toText(this.pending.subarray(0, EXCERPT_LENGTH));
    return `${message} (not yet taken: ${this.pending.length} bytes, ${JSON.stringify(text)})`;
  }
}

/** One byte per character, the lower eight bits of each. */
export function toBytes(data: string | Uint8Array): Uint8Array {
  if (typeof data !== "string") return data;
  return Uint8Array.from(data, (character) => character.charCodeAt(0));
}

/** One character per byte. */
export function toText(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += PIECE_LENGTH) {
    text += String.fromCharCode(...bytes.subarray(start, start + PIECE_LENGTH));
  }
  return text;
}

async function dial(address: ServerAddress, options: ConnectOptions): Promise<Deno.Conn> {
  if (typeof address === "object" && "path" in address) {
    return await Deno.connect({ transport: "unix", path: address.path });
  }
  const { hostname = "127.0.0.1", port } = typeof address === "number"
    ? { port: address }
    : address;
  const tcp = await Deno.connect({ hostname, port });
  tcp.setNoDelay(true);
  if (options.caCerts === undefined) return tcp;
  return await Deno.startTls(tcp, {
    hostname: options.serverName ?? "localhost",
    caCerts: options.caCerts,
  });
}

function valuesOf(fields: FieldLines, name: string): string[] {
  const wanted = name.toLowerCase();
  return fields.filter(([each]) => each.toLowerCase() === wanted).map(([, value]) => value);
}

function joined(values: string[]): string | null {
  return values.length > 0 ? values.join(", ") : null;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function isPeerGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted;
}

/** A timer, not a microtask: the server's own reads must get their turn in between. */
function turnOfEventLoop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 0);
  return promise;
}
