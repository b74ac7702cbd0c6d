import { Input } from "../../lib/server/input.ts";
import { assert, assertEquals, assertStrictEquals } from "../deps.ts";
import { FakeTransport } from "../support/fake_transport.ts";

async function receive(input: Input, transport: FakeTransport, text: string | null) {
  transport.bring(text);
  input.accept(await input.receiveHead());
}

function held(input: Input): string {
  return new TextDecoder().decode(input.bytes.subarray(input.start, input.end));
}

Deno.test("an input that is rewound uses its buffer again, unless somebody keeps what is in it", async () => {
  const transport = new FakeTransport();
  const input = new Input(transport);
  const { bytes } = input;
  for (let i = 0; i < 300; i++) {
    await receive(input, transport, "x".repeat(1_000));
    input.start = input.end;
    input.rewind();
  }
  assertStrictEquals(input.bytes, bytes);
  await receive(input, transport, "kept");
  const kept = input.bytes.subarray(input.start, input.end);
  input.keep();
  input.start = input.end;
  input.rewind();
  await receive(input, transport, "next");
  assertEquals(held(input), "next");
  assertEquals(new TextDecoder().decode(kept), "kept");
});

Deno.test("an input writes each octet of its buffer once, so that what was cut out of it stays", async () => {
  const transport = new FakeTransport();
  const input = new Input(transport);
  const kept: { bytes: Uint8Array; text: string }[] = [];
  for (let i = 0; i < 300; i++) {
    const text = `request ${i} `.repeat(1 + i % 9);
    await receive(input, transport, text);
    assertEquals(held(input), text);
    kept.push({ bytes: input.bytes.subarray(input.start, input.end), text });
    input.start = input.end;
  }
  for (const { bytes, text } of kept) assertEquals(new TextDecoder().decode(bytes), text);
});

Deno.test("an input grows for what is not consumed and shrinks when it is", async () => {
  const transport = new FakeTransport();
  const input = new Input(transport);
  assertEquals(input.bytes.length, 2_048);
  let text = "";
  for (let i = 0; i < 40; i++) {
    await receive(input, transport, "x".repeat(1_000));
    text += "x".repeat(1_000);
    assertEquals(held(input), text);
  }
  assert(input.bytes.length >= 40_000);
  input.start = input.end;
  await receive(input, transport, "y");
  assertEquals(held(input), "y");
  assertEquals(input.bytes.length, 2_048);
});

Deno.test("an input reads content through a lent buffer and keeps what comes behind it", async () => {
  const transport = new FakeTransport();
  const input = new Input(transport);
  const small = input.bytes;
  transport.bring("content and the next head");
  input.accept(await input.receiveContent());
  assert(input.bytes.length > small.length);
  input.start += "content and ".length;
  input.endContent();
  assertEquals(held(input), "the next head");
  assertEquals(input.bytes.length, 2_048);
  await receive(input, transport, " goes on");
  assertEquals(held(input), "the next head goes on");
});

Deno.test("an input that watches tells the peer's end and keeps what came instead", async () => {
  const transport = new FakeTransport();
  const input = new Input(transport);
  let ends = 0;
  const on = { end: () => ends++, failure: () => {} };
  input.watch(on);
  input.watch(on);
  assertEquals(transport.reads.length, 1);
  await receive(input, transport, "not the end");
  assertEquals(held(input), "not the end");
  assertEquals(ends, 0);
  input.start = input.end;
  input.watch(on);
  transport.bring(null);
  assertStrictEquals(await input.receiveHead(), null);
  assertEquals(ends, 1);
  assertEquals(transport.reads.length, 2);
});
