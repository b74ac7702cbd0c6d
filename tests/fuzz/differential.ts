// Our parser beside node:http's on the same octets. Two parsers that stand in a row and do not agree are how
// requests are smuggled, so each way in which these two differ has to be known and to have a reason.
//
// A request that both take has to be the same in every part. Apart from that, one of them may refuse what
// the other takes, or stop reading where the other goes on; those are looked up in differences.ts.

import type { Answer } from "../support/corpus.ts";
import { readCut } from "../support/message_reader.ts";
import { toBytes, toText } from "../support/raw_client.ts";
import { isKnown } from "./differences.ts";
import type { Finding } from "./fuzzer.ts";
import type { NodeParser, Reading } from "./node_parser.ts";

/** What one of the two makes of octets and the other does not. */
export interface Difference {
  readonly kind:
    | "another message"
    | "only we refuse"
    | "only Node refuses"
    | "only we go on"
    | "only Node goes on"
    | "Node stops";
  /** The rule that we name, the code that Node does, or what made it stop; else the two readings. */
  readonly key: string;
  /** The octets behind what both have read in the same way. */
  readonly text: string;
}

type OurReading = Omit<Reading, "stop"> & { readonly consumed: number };

/** What our parser understands of octets that more may follow. */
function readOurs(octets: Uint8Array): OurReading {
  const { answers, refusal, staysOpen, consumed } = readCut({ request: octets, ends: false }, []);
  return {
    messages: refusal === null ? answers : answers.slice(0, -1),
    refusal: refusal && refusal.message,
    isOver: refusal === null && !staysOpen,
    consumed,
  };
}

/** How our reading of `octets` differs from Node's; null where it does not. */
export function differenceFrom(theirs: Reading, octets: Uint8Array): Difference | null {
  const ours = readOurs(octets);
  const common = Math.min(ours.messages.length, theirs.messages.length);
  for (let i = 0; i < common; i++) {
    const [one, other] = [ours.messages[i]!, theirs.messages[i]!];
    if (isSame(one, other)) continue;
    const isTunnel = theirs.stop === "CONNECT" && i === theirs.messages.length - 1;
    if (isTunnel && isSame(withoutContent(one), other)) {
      return { kind: "Node stops", key: "CONNECT", text: toText(octets) };
    }
    const key = `${JSON.stringify(one)} but ${JSON.stringify(other)}`;
    return { kind: "another message", key, text: toText(octets) };
  }
  const text = toText(octets.subarray(consumedBy(common, { ours, octets })));
  const [we, they] = [toEnd(ours, common), toEnd(theirs, common)];
  // Where one of them has ended the connection, nobody asks what the other would read behind it.
  if (we === they || we === "is over" || they === "is over") return null;
  const hasStopped = they === "waits" || (theirs.stop === "CONNECT" && we !== "refuses");
  if (theirs.stop !== null && hasStopped) return { kind: "Node stops", key: theirs.stop, text };
  if (they === "refuses") {
    // Some faults Node finds before the head is complete, and we when it is.
    const completed = toBytes(`${toText(octets)}\r\n\r\n`);
    if (we === "waits" && readOurs(completed).refusal !== null) return null;
    return { kind: "only Node refuses", key: theirs.refusal!, text };
  }
  if (we === "refuses") return { kind: "only we refuse", key: ours.refusal!, text };
  return { kind: we === "goes on" ? "only we go on" : "only Node goes on", key: "", text };
}

/** The first of `inputs` that Node reads in another way than we do, for no reason that is known. */
export async function findUnknown(
  node: NodeParser,
  inputs: readonly Uint8Array[],
): Promise<Finding | null> {
  const readings = await node.read(inputs);
  for (const [i, octets] of inputs.entries()) {
    const difference = differenceFrom(readings[i]!, octets);
    if (difference === null || isKnown(difference)) continue;
    return { octets, fault: `${difference.kind}: ${difference.key}` };
  }
  return null;
}

function toEnd(
  { messages, refusal, isOver }: Omit<Reading, "stop">,
  common: number,
): "goes on" | "is over" | "waits" | "refuses" {
  if (messages.length > common) return "goes on";
  return isOver ? "is over" : refusal === null ? "waits" : "refuses";
}

function isSame(one: Answer, other: Answer): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function withoutContent({ line, fields }: Answer): Answer {
  return { line: line.replace(/ "[^]*"$/, ""), fields };
}

/** How many octets the first `count` messages take. */
function consumedBy(
  count: number,
  { ours, octets }: { ours: OurReading; octets: Uint8Array },
): number {
  if (count === ours.messages.length) return ours.consumed;
  // The longest beginning with so many messages; messages come with octets, so they can be halved.
  let [enough, tooMany] = [0, octets.length];
  while (tooMany - enough > 1) {
    const end = (enough + tooMany) >> 1;
    if (readOurs(octets.subarray(0, end)).messages.length > count) tooMany = end;
    else enough = end;
  }
  return readOurs(octets.subarray(0, enough)).consumed;
}
