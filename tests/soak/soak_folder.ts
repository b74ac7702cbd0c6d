// What is served while the server is soaked, and what each request for it has to be answered with.
//
// The octets follow from the seed. An answer is right where status, content, length and entity-tag are
// what they must be; the entity-tag is unknown until the first answer, and from then on the same.

import { addTree } from "../support/fixture_folder.ts";
import type { RawResponse } from "../support/raw_client.ts";
import type { SeededRandom } from "../support/seeded_random.ts";
import { assertSameOctets, fieldOf, toRequest } from "../support/served_folder.ts";

/** One request, and the check of its answer, which throws for a wrong one. */
export interface Question {
  readonly kind: string;
  readonly octets: string;
  readonly isHead: boolean;
  check(response: RawResponse): Promise<void> | void;
}

const WORDS = ["octet", "field", "content", "framing", "target", "peer", "descriptor", "\n"];
/** Repetitive enough to be compressed, long enough to be compressed while it is sent. */
const TEXT_WORDS = 400_000;
/** More than the system's buffers on both sides hold. */
const LONG_OCTETS = 12_000_000;

export class SoakFolder {
  readonly #files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly #etags = new Map<string, string>();

  constructor(random: SeededRandom) {
    const text = (words: number) =>
      new TextEncoder().encode(Array.from({ length: words }, () => random.pick(WORDS)).join(" "));
    this.#files = new Map([
      ["/empty.txt", new Uint8Array()],
      ["/tiny.txt", text(3)],
      ["/page.html", text(2_000)],
      ["/photo.jpg", random.bytes(120_000)],
      ["/kept.css", text(60_000)],
      ["/film.mp4", random.bytes(1_500_000)],
      ["/log.txt", text(TEXT_WORDS)],
      ["/disc.iso", new Uint8Array(LONG_OCTETS).map((_, i) => (i >> 8) ^ (i >> 16))],
    ]);
  }

  /** Writes the files into the folder at `path`, which is there. */
  writeTo(path: string): void {
    addTree(
      path,
      Object.fromEntries([...this.#files].map(([name, octets]) => [name.slice(1), octets])),
    );
  }

  /** A question whose answer is short. */
  question(random: SeededRandom): Question {
    const ask = random.pick([
      () => this.#get(this.#pickSmall(random)),
      () => this.#get(this.#pickSmall(random)),
      () => this.#head(this.#pick(random)),
      () => this.#range(this.#pick(random), random),
      () => this.#ifNoneMatch(this.#pick(random)),
      () => this.#coded(random.pick(["/page.html", "/kept.css"]), random),
      () => this.#missing(random),
      () => this.#post(this.#pickSmall(random), random),
    ]);
    return ask();
  }

  /** A question for one of the big files as a whole. */
  bigQuestion(random: SeededRandom): Question {
    return random.int(3) === 0
      ? this.#coded("/log.txt", random)
      : this.#get(random.pick(["/film.mp4", "/log.txt"]));
  }

  /** A question whose answer takes a slow line a while. */
  longQuestion(): Question {
    return this.#get("/disc.iso");
  }

  #pick(random: SeededRandom): string {
    return random.pick([...this.#files.keys()]);
  }

  #pickSmall(random: SeededRandom): string {
    return random.pick(["/empty.txt", "/tiny.txt", "/page.html", "/photo.jpg"]);
  }

  #get(target: string): Question {
    return this.#question("GET", toRequest("GET", target), (response) => {
      expect(response, 200);
      assertSameOctets(response.content, this.#octets(target), target);
      this.#checkEtag(target, response);
    });
  }

  #head(target: string): Question {
    return this.#question("HEAD", toRequest("HEAD", target), (response) => {
      expect(response, 200, ["content-length", `${this.#octets(target).length}`]);
      this.#checkEtag(target, response);
    });
  }

  #range(target: string, random: SeededRandom): Question {
    const octets = this.#octets(target);
    if (octets.length === 0) return this.#get(target);
    const first = random.int(octets.length);
    const last = Math.min(octets.length - 1, first + random.int(20_000));
    const request = toRequest("GET", target, `Range: bytes=${first}-${last}`);
    return this.#question("range", request, (response) => {
      expect(response, 206, ["content-range", `bytes ${first}-${last}/${octets.length}`]);
      assertSameOctets(response.content, octets.subarray(first, last + 1), target);
    });
  }

  #ifNoneMatch(target: string): Question {
    const etag = this.#etags.get(target);
    if (etag === undefined) return this.#head(target);
    const request = toRequest("GET", target, `If-None-Match: ${etag}`);
    return this.#question("conditional", request, (response) => {
      expect(response, 304, ["etag", etag]);
    });
  }

  #coded(target: string, random: SeededRandom): Question {
    const coding = random.pick(["gzip", "deflate, gzip;q=0.5"]);
    const request = toRequest("GET", target, `Accept-Encoding: ${coding}`);
    return this.#question("coded", request, async (response) => {
      expect(response, 200);
      // While many are compressed at a time, others get theirs as it is.
      const isCoded = response.field("content-encoding") === "gzip";
      const octets = isCoded ? await gunzip(response.content) : response.content;
      assertSameOctets(octets, this.#octets(target), `${target} in ${coding}`);
    });
  }

  #missing(random: SeededRandom): Question {
    const request = toRequest("GET", `/missing-${random.int(1_000_000)}`);
    return this.#question("missing", request, (response) => expect(response, 404));
  }

  #post(target: string, random: SeededRandom): Question {
    const content = "x".repeat(random.int(5_000));
    const request = toRequest("POST", target, `Content-Length: ${content.length}`) + content;
    return this.#question("POST", request, (response) => expect(response, 405));
  }

  #question(kind: string, octets: string, check: Question["check"]): Question {
    return { kind, octets, check, isHead: kind === "HEAD" };
  }

  #octets(target: string): Uint8Array<ArrayBuffer> {
    return this.#files.get(target)!;
  }

  #checkEtag(target: string, response: RawResponse): void {
    const etag = fieldOf(response, "etag");
    const known = this.#etags.get(target) ?? etag;
    if (etag !== known) throw new Error(`${target} had the entity-tag ${known}, and now ${etag}`);
    this.#etags.set(target, etag);
  }
}

function expect(response: RawResponse, status: number, field?: readonly [string, string]): void {
  if (response.status !== status) throw new Error(`Status ${response.status} instead of ${status}`);
  if (Number.isNaN(Date.parse(fieldOf(response, "date")))) throw new Error("There is no date");
  if (field === undefined) return;
  const [name, value] = field;
  const given = fieldOf(response, name);
  if (given !== value) throw new Error(`${name} is ${given} instead of ${value}`);
}

async function gunzip(octets: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = ReadableStream.from([octets]).pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
