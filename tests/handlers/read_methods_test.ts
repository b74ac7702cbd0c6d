import { answerUnlessReading } from "../../lib/handlers/read_methods.ts";
import { assertEquals } from "../deps.ts";

for (const method of ["GET", "HEAD"]) {
  Deno.test(`answerUnlessReading leaves ${method} to the resource (RFC 9110 9.1)`, () => {
    assertEquals(answerUnlessReading(method), null);
  });
}

Deno.test("answerUnlessReading tells OPTIONS what is allowed (RFC 9110 9.3.7)", () => {
  const answer = answerUnlessReading("OPTIONS");
  assertEquals([answer?.status, answer?.content], [204, null]);
  assertEquals(answer?.fields.get("allow"), "GET, HEAD, OPTIONS");
});

for (const method of ["POST", "PUT", "DELETE", "PATCH", "TRACE"]) {
  Deno.test(`answerUnlessReading refuses ${method} and says what is allowed (RFC 9110 15.5.6)`, () => {
    const answer = answerUnlessReading(method);
    assertEquals([answer?.status, answer?.fields.get("allow")], [405, "GET, HEAD, OPTIONS"]);
  });
}

for (const method of ["CONNECT", "get", "Get", "GETS", "PROPFIND", "M-SEARCH", "!", "toString"]) {
  Deno.test(`answerUnlessReading does not implement ${method} (RFC 9110 15.6.2)`, () => {
    const answer = answerUnlessReading(method);
    assertEquals([answer?.status, answer?.fields.get("allow")], [501, null]);
    assertEquals(answer?.fields.get("x-content-type-options"), "nosniff");
  });
}
