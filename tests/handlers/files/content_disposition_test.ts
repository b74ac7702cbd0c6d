import { toAttachment } from "../../../lib/handlers/files/content_disposition.ts";
import { FieldBlock } from "../../../lib/http1/field_block.ts";
import { assertEquals } from "../../deps.ts";

const names: [name: string, value: string][] = [
  ["a.tar", 'attachment; filename="a.tar"'],
  ["my files.tar", 'attachment; filename="my files.tar"'],
  ["it's (1)*.tar", `attachment; filename="it's (1)*.tar"`],
  ['"a".tar', `attachment; filename="_a_.tar"; filename*=UTF-8''%22a%22.tar`],
  ["a\\b.tar", `attachment; filename="a_b.tar"; filename*=UTF-8''a%5Cb.tar`],
  ["a/b.tar", `attachment; filename="a_b.tar"; filename*=UTF-8''a%2Fb.tar`],
  ["100%41.tar", `attachment; filename="100_41.tar"; filename*=UTF-8''100%2541.tar`],
  ["a\r\nX: y.tar", `attachment; filename="a__X: y.tar"; filename*=UTF-8''a%0D%0AX%3A%20y.tar`],
  ["für.tar", `attachment; filename="f_r.tar"; filename*=UTF-8''f%C3%BCr.tar`],
  [
    "图片's (1)*.tar",
    `attachment; filename="__'s (1)*.tar"; filename*=UTF-8''%E5%9B%BE%E7%89%87%27s%20%281%29%2A.tar`,
  ],
  ["😀.tar", `attachment; filename="_.tar"; filename*=UTF-8''%F0%9F%98%80.tar`],
  ["\ud800.tar", `attachment; filename="_.tar"; filename*=UTF-8''%EF%BF%BD.tar`],
];
for (const [name, value] of names) {
  Deno.test(`toAttachment names ${JSON.stringify(name)} (RFC 6266 4.3, RFC 8187 3.2)`, () => {
    assertEquals(toAttachment(name), value);
    new FieldBlock([["Content-Disposition", value]]);
  });
}
