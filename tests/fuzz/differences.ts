// In what our parser and node:http's differ, and why that is no fault of ours. `text` is matched against the
// octets from the first request on that the two do not read in the same way; without it, whatever has the
// key is meant. The example of each is tried by a test, so that nothing stands here that is not so.

import type { Difference } from "./differential.ts";

/** A difference that has a reason. */
export interface KnownDifference {
  readonly kind: Difference["kind"];
  readonly keys: readonly string[];
  readonly text?: RegExp;
  /** One octet per character. */
  readonly example: string;
  /** Whose reading is right, and by what. */
  readonly reason: string;
}

const HOST = "Host: a\r\n";
const CHUNKED = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;

/** What content can be refused for that Node does not read. */
const CONTENT_RULES = [
  "A chunk is longer than its size says",
  "A chunk size has more digits than this server takes",
  "The last transfer coding is not chunked",
  "Transfer-Encoding is malformed",
  "The content is larger than this server takes",
  "The line before a chunk is malformed",
  "The trailer section is larger than this server takes",
  "The trailer section is malformed",
  "There are more chunk extensions than this server takes",
];
/** A request that Node takes for the last one in HTTP. */
const UPGRADE = /^(?:\r\n)*(?:CONNECT |\S+ \S+ HTTP\/1\..\r\n(?:[^\r\n]+\r\n)*Upgrade\s*:)/i;
const UPGRADING = `GET / HTTP/1.1\r\n${HOST}Connection: upgrade\r\nUpgrade: h2c\r\n`;

const LIMITS: readonly [rule: string, example: string][] = [
  ["A chunk size has more digits than this server takes", `${CHUNKED}00000000000000\r\n\r\n`],
  ["Content-Length is larger than this server can count", post("Content-Length: 9007199254740992")],
  ["The content is larger than this server takes", post("Content-Length: 67108865")],
  ["The field section is larger than this server takes", get(`A: ${"a".repeat(40_000)}`)],
  ["The request-target is longer than this server takes", `GET /${"a".repeat(8_000)} HTTP/1.1\r\n`],
  [
    "The trailer section is larger than this server takes",
    `${CHUNKED}0\r\nA: ${"a".repeat(9_000)}`,
  ],
  ["There are more chunk extensions than this server takes", `${CHUNKED}1;${"a".repeat(5_000)}`],
  ["There are more field lines than this server takes", get("A: b\r\n".repeat(101).trimEnd())],
  ["Too many empty lines before the request", `\r\n\r\n\r\n${get("A: b")}`],
];

/** Every way in which the two are known to differ. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  ...LIMITS.map(([rule, example]): KnownDifference => ({
    kind: "only we refuse",
    keys: [rule],
    example,
    reason: "A limit of ours: Node has another one, or none (RFC 9110 2.3 leaves it to both)",
  })),
  {
    kind: "only we refuse",
    keys: ["A CR without LF", "The request-line does not begin with a method and a space"],
    text: /^(?:\r\n)*(?:\n|\r(?!\n))/,
    example: `\n${get("A: b")}`,
    reason: "Node takes any CR and LF for an empty line; RFC 9112 2.2 allows CRLF",
  },
  {
    kind: "only we refuse",
    keys: ["The request-line names no version"],
    text: /^(?:\r\n)*\S+ \S*[\r\n]/,
    example: "GET /\r\n\r\n",
    reason: "Node answers HTTP/0.9, which RFC 9112 does not know any more",
  },
  {
    kind: "only we refuse",
    keys: ["Only HTTP/1.0 and HTTP/1.1 are spoken here"],
    text: /^(?:\r\n)*\S+ \S+ HTTP\/(?:0\.9|2\.0)\r/,
    example: `GET / HTTP/2.0\r\n${HOST}\r\n`,
    reason: "Node takes HTTP/0.9 and 2.0 in the form of 1.1; RFC 9110 15.6.6 has 505 for them",
  },
  {
    kind: "only we refuse",
    keys: ["The request-line does not end with HTTP/x.y"],
    text: /^(?:\r\n)*\S+ \S+ (?: |I|R)/,
    example: "DESCRIBE /film RTSP/1.0\r\n\r\n",
    reason:
      "Node skips spaces before the version, and knows RTSP and ICE; RFC 9112 3 has one space",
  },
  {
    kind: "only we refuse",
    keys: ["The request-target holds an octet that it must not"],
    text: /^(?:\r\n)*\S+ (?: |\S*["#<>])/,
    example: `GET /a"b HTTP/1.1\r\n${HOST}\r\n`,
    reason:
      "Node skips spaces, and takes quotes, brackets, fragments; no URI has them (RFC 9112 3.2)",
  },
  {
    kind: "only we refuse",
    keys: [
      "An https URI must not be asked for on a connection that is not secured",
      "CONNECT takes host:port as its request-target",
      "Only OPTIONS takes * as its request-target",
      "Only http and https URIs are answered here",
      "The authority of the request-target is malformed",
      "The request-target has none of the four forms",
    ],
    example: `GET * HTTP/1.1\r\n${HOST}\r\n`,
    reason: "Node leaves it to its users what a target means; RFC 9112 3.2 and RFC 9110 7.4 say it",
  },
  {
    kind: "only we refuse",
    keys: ["Host is missing", "Host is malformed", "Host is there more than once"],
    example: "GET / HTTP/1.1\r\n\r\n",
    reason: "Node's parser does not look at it; RFC 9112 3.2 says 400",
  },
  {
    kind: "only we refuse",
    keys: ["The only expectation that can be met is 100-continue"],
    example: get("Expect: 200-ok"),
    reason: "Node leaves it to its users; RFC 9110 10.1.1 has 417 for it",
  },
  {
    kind: "only we refuse",
    keys: ["A transfer coding other than chunked is not implemented"],
    example: post("Transfer-Encoding: gzip, chunked\r\n\r\n0"),
    reason: "Node hands on compressed content as it is; RFC 9112 6.1 has 501 for it",
  },
  {
    kind: "only we refuse",
    keys: ["HTTP/1.0 has no Transfer-Encoding"],
    example: "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    reason: "Node reads the chunks and keeps the connection; RFC 9112 6.1 calls the framing faulty",
  },
  {
    kind: "only we refuse",
    keys: ["Transfer-Encoding is malformed"],
    example: post("Transfer-Encoding: , chunked\r\n\r\n0"),
    reason: "Node looks at the end of the value only; what it overlooks is one more to misread",
  },
  {
    kind: "only we refuse",
    keys: ["The last transfer coding is not chunked", "Content-Length beside Transfer-Encoding"],
    text: /\nTransfer-Encoding:[ \t]*\r\n/i,
    example: post("Transfer-Encoding:\r\nContent-Length: 0"),
    reason: "Node takes an empty Transfer-Encoding for none; RFC 9112 6.3 says 400",
  },
  {
    kind: "only we refuse",
    keys: ["The line before a chunk is malformed"],
    text: /;(?:[^\r\n]*[;=])?[;=\r]/,
    example: `${CHUNKED}0;=b;;a=\r\n\r\n`,
    reason: "Node takes an extension without a name or a value; RFC 9112 7.1.1 has both",
  },
  {
    kind: "only we refuse",
    keys: CONTENT_RULES,
    text: UPGRADE,
    example: `CONNECT a:1 HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nx`,
    reason: "Node takes what follows for another protocol's; none is spoken here, so it is content",
  },
  {
    kind: "only we go on",
    keys: [""],
    text: UPGRADE,
    example: `${UPGRADING}Transfer-Encoding: chunked\r\n\r\n0 ;a\r\n\r\n`,
    reason: "The same; what it does not read, it does not refuse either",
  },
  {
    kind: "Node stops",
    keys: ["CONNECT"],
    example: `CONNECT a:1 HTTP/1.1\r\n${HOST}Content-Length: 1\r\n\r\nx${get("A: b")}`,
    reason: "The same; RFC 9110 9.3.6 makes a tunnel of it by a 2xx answer only",
  },
  {
    kind: "Node stops",
    keys: ["Upgrade"],
    example: get("Connection: upgrade\r\nUpgrade: h2c") + get("A: b"),
    reason: "Node loses what comes with a request whose Upgrade it ignores; RFC 9110 7.8 goes on",
  },
  {
    kind: "only Node refuses",
    keys: ["HPE_INVALID_METHOD"],
    text: /^(?:\r\n)*[!#$%&'*+.^_`|~0-9A-Za-z-]/,
    example: `BREW / HTTP/1.1\r\n${HOST}\r\n`,
    reason:
      "Node has a list of methods; RFC 9110 9.1 lets any token be one, and its user answers 501",
  },
  {
    kind: "only Node refuses",
    keys: ["HPE_INVALID_VERSION", "HPE_INVALID_CONSTANT", "HPE_PAUSED_H2_UPGRADE"],
    text:
      /^(?:\r\n)*(?:PRI|DESCRIBE|SOURCE|SETUP|PLAY|PAUSE|TEARDOWN|ANNOUNCE|RECORD|REDIRECT|FLUSH) /,
    example: `PRI / HTTP/1.1\r\n${HOST}\r\n`,
    reason: "Node knows these methods as other protocols'; in HTTP/1.1 they are tokens like any",
  },
  {
    kind: "only we go on",
    keys: [""],
    text: /(?:^|[^!#$%&'*+.^_`|~0-9A-Za-z-])PRI /,
    example: "PRI http://a/ HTTP/1.0\r\n\r\n",
    reason: "The same: Node waits for HTTP/2's preface, and forgets what it has read before",
  },
  {
    kind: "only Node refuses",
    keys: ["HPE_INVALID_VERSION"],
    text: /^(?:\r\n)*\S+ \S+ HTTP\/1\.[2-9]\r/,
    example: `GET / HTTP/1.2\r\n${HOST}\r\n`,
    reason: "A minor version to come is served as the highest that is known (RFC 9110 6.2)",
  },
  {
    kind: "only Node refuses",
    keys: ["HPE_INVALID_CHUNK_SIZE", "HPE_STRICT", "HPE_INVALID_CHUNK_EXTENSION"],
    text: /\n[0-9A-Fa-f]+(?:[\t ]+;|;[^\r\n]*[\t ])/,
    example: `${CHUNKED}0 ;a = b\r\n\r\n`,
    reason: "White space around an extension's marks is bad, and must be read (RFC 9112 7.1.1)",
  },
  {
    kind: "only Node refuses",
    keys: ["HPE_INVALID_CONTENT_LENGTH", "HPE_INVALID_TRANSFER_ENCODING"],
    text: /\n(?:Content-Length:[ \t]*[0-9]+|Transfer-Encoding:[ \t]*chunked) *\t/i,
    example: post("Content-Length: 0\t"),
    reason: "A tab behind a value is white space as a space is (RFC 9112 5, RFC 9110 5.6.3)",
  },
  {
    kind: "only Node refuses",
    keys: [
      "HPE_INVALID_CONTENT_LENGTH",
      "HPE_INVALID_TRANSFER_ENCODING",
      "HPE_UNEXPECTED_CONTENT_LENGTH",
    ],
    text: /\n0+(?:;[^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*(?:Content-Length|Transfer-Encoding):/i,
    example: `${CHUNKED}0\r\nContent-Length: 5\r\n\r\n`,
    reason: "Node reads trailer fields as fields of the head; RFC 9110 6.5.1 forbids to merge them",
  },
];

/** Whether there is a reason for `difference`. */
export function isKnown(difference: Difference): boolean {
  return KNOWN_DIFFERENCES.some(({ kind, keys, text }) =>
    kind === difference.kind && keys.includes(difference.key) &&
    (text === undefined || text.test(difference.text))
  );
}

function get(lines: string): string {
  return `GET / HTTP/1.1\r\n${HOST}${lines}\r\n\r\n`;
}

function post(lines: string): string {
  return `POST / HTTP/1.1\r\n${HOST}${lines}\r\n\r\n`;
}
