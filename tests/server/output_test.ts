import { FieldBlock } from "../../lib/http1/field_block.ts";
import type { ResponseHeadParts } from "../../lib/http1/response_head.ts";
import { Output } from "../../lib/server/output.ts";
import { assert, assertEquals, assertRejects } from "../deps.ts";
import { FakeTransport } from "../support/fake_transport.ts";

const encoder = new TextEncoder();

function head(fields = FieldBlock.EMPTY): ResponseHeadParts {
  return {
    status: 200,
    fields,
    framing: { kind: "none" },
    dateLine: encoder.encode("Date: d\r\n"),
    connection: "",
  };
}

Deno.test("heads and contents that were taken go out in one write", async () => {
  const transport = new FakeTransport();
  const output = new Output(transport, () => {});
  for (const content of ["one", "two"]) {
    assert(output.takeHead(head(), content.length));
    assert(output.take(encoder.encode(content)));
  }
  assertEquals(output.settle(await output.send()), null);
  const each = "HTTP/1.1 200 OK\r\nDate: d\r\n\r\n";
  assertEquals(transport.written, [`${each}one${each}two`]);
  assert(output.isEmpty);
});

Deno.test("an output takes a head only if what is behind it fits too", () => {
  const output = new Output(new FakeTransport(), () => {});
  assert(!output.takeHead(head(), 16_384));
  assert(output.isEmpty);
  assert(output.takeHead(head(), 16_000));
  assert(!output.take(new Uint8Array(16_384)));
});

Deno.test("what a peer takes in small bites arrives whole", async () => {
  const transport = new FakeTransport(7);
  let progress = 0;
  const output = new Output(transport, () => progress++);
  const text = "0123456789".repeat(10);
  output.take(encoder.encode(text));
  await output.settle(await output.send());
  output.take(encoder.encode(text));
  await output.flush();
  output.take(encoder.encode(text));
  await output.write(encoder.encode(text.repeat(400)));
  assertEquals(transport.written.join(""), text.repeat(403));
  assertEquals(progress, transport.written.length);
});

Deno.test("the beginning of big content fills up the write that carries its head", async () => {
  const transport = new FakeTransport();
  const output = new Output(transport, () => {});
  output.take(encoder.encode("head"));
  await output.write(new Uint8Array(40_000).fill(0x78));
  assertEquals(transport.written.map((text) => text.length), [16_384, 40_004 - 16_384]);
});

Deno.test("what is taken whole goes out as it lies, or with what comes before or behind it", async () => {
  const transport = new FakeTransport();
  const output = new Output(transport, () => {});
  const small = encoder.encode("small");
  const large = encoder.encode("L".repeat(20_000));
  assert(output.takeWhole(large));
  assert(!output.take(small));
  assert(!output.takeHead(head(), 0));
  assertEquals(output.settle(await output.send()), null);
  assert(output.takeWhole(small) && output.takeWhole(small) && output.take(small));
  assertEquals(output.settle(await output.send()), null);
  assert(output.takeWhole(large));
  await output.write(small);
  assert(output.takeWhole(small));
  await output.flush();
  assertEquals(transport.written, [
    "L".repeat(20_000),
    "smallsmallsmall",
    "L".repeat(20_000),
    "small",
    "small",
  ]);
});

Deno.test("a head that is larger than the buffer goes out all the same", async () => {
  const transport = new FakeTransport();
  const output = new Output(transport, () => {});
  const value = "v".repeat(30_000);
  const large = head(new FieldBlock([["Name", value]]));
  assert(!output.takeHead(large, 0));
  await output.writeHead(large);
  assertEquals(transport.written, [`HTTP/1.1 200 OK\r\nDate: d\r\nName: ${value}\r\n\r\n`]);
});

Deno.test("one write waits for the other, and their octets do not mix", async () => {
  const transport = new FakeTransport(7);
  const output = new Output(transport, () => {});
  const texts = ["a".repeat(20), "b".repeat(20), "c".repeat(20)];
  const writing = texts.map((text) => output.write(encoder.encode(text)));
  await Promise.all(writing);
  assertEquals(transport.written.join(""), texts.join(""));
});

Deno.test("what has been sent is counted, in whatever way it went", async () => {
  const transport = new FakeTransport(7);
  const output = new Output(transport, () => {});
  const text = encoder.encode("0123456789");
  output.take(text);
  await output.settle(await output.send());
  output.takeWhole(text);
  await output.settle(await output.send());
  output.take(text);
  await output.write(text);
  await output.writeOwn(text);
  assertEquals(output.sent, 50);
});

Deno.test("a write that never ends can be abandoned", async () => {
  const transport = new FakeTransport();
  transport.write = () => new Promise(() => {});
  const output = new Output(transport, () => {});
  assert(!output.isBusy);
  const writing = output.writeOwn(encoder.encode("x"));
  assert(output.isBusy);
  output.abandon(new Error("enough"));
  await assertRejects(() => writing, Error, "enough");
});
