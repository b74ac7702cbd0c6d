// lib/net/self_signed.ts: a certificate that Deno's own TLS serves, and trusts for the right names only.
// What OpenSSL says of it is asked in tests/e2e/tls_test.ts.

import { makeSelfSigned } from "../../lib/net/self_signed.ts";
import { listenTls } from "../../lib/net/tls.ts";
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "../deps.ts";

/** Whether a client that trusts this certificate, and is told `hostname`, accepts it. */
async function isGoodFor(hostname: string, names: readonly string[]): Promise<boolean> {
  const identity = await makeSelfSigned({ names });
  const listener = listenTls({ hostname: "127.0.0.1", port: 0, identity });
  const { address } = listener;
  assert(address.transport === "tcp");
  const accepting = listener.accept();
  const tcp = await Deno.connect({ hostname: "127.0.0.1", port: address.port });
  const peer = await Deno.startTls(tcp, { hostname, caCerts: [identity.certificate] });
  const transport = await accepting;
  try {
    await Promise.all([peer.handshake(), transport.read(new Uint8Array(1)), greet(peer)]);
    return true;
  } catch (error) {
    assertMatch(String(error), /certificate/i);
    return false;
  } finally {
    peer.close();
    transport.close();
    listener.close();
  }
}

async function greet(peer: Deno.TlsConn): Promise<void> {
  await peer.write(new Uint8Array(1));
}

Deno.test("a self-signed certificate is good for its names and addresses, and no others", async () => {
  const names = ["localhost", "my-machine.example", "127.0.0.1", "::1", "2001:db8::7"];
  for (const name of names) assertEquals(await isGoodFor(name, names), true, name);
  for (const name of ["example.com", "a.localhost", "127.0.0.2", "::2"]) {
    assertEquals(await isGoodFor(name, names), false, name);
  }
});

Deno.test("its fingerprint is the SHA-256 of the certificate", async () => {
  const { certificate, fingerprint } = await makeSelfSigned({ names: ["localhost"] });
  const octets = Uint8Array.fromBase64(certificate.replace(/-----.*-----/g, ""));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
  assertMatch(fingerprint, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assertEquals(fingerprint.replaceAll(":", "").toLowerCase(), digest.toHex());
});

Deno.test("no two are the same, and the key is not in the certificate", async () => {
  const [one, two] = [
    await makeSelfSigned({ names: ["localhost"] }),
    await makeSelfSigned({ names: ["localhost"] }),
  ];
  assertNotEquals(one.fingerprint, two.fingerprint);
  assertNotEquals(one.key, two.key);
  assertMatch(one.certificate, /^-----BEGIN CERTIFICATE-----\n[^]*-----END CERTIFICATE-----\n$/);
  assertMatch(one.key, /^-----BEGIN PRIVATE KEY-----\n[^]*-----END PRIVATE KEY-----\n$/);
});

Deno.test("it is valid from the day before, for a month", async () => {
  const valid = async (now: string) => {
    const { certificate } = await makeSelfSigned({ names: ["localhost"], now: new Date(now) });
    const text = atob(certificate.replace(/-----.*-----|\n/g, ""));
    return [...text.matchAll(/\d{12,14}Z/g)].map(([time]) => time);
  };
  assertEquals(await valid("2026-03-01T12:00:00Z"), ["260228120000Z", "260331120000Z"]);
  assertEquals(await valid("2049-12-20T00:00:00Z"), ["491219000000Z", "20500119000000Z"]);
});

Deno.test("what is neither a name nor an address is left out", async () => {
  for (
    const name of ["", "a b", "ä.example", `${"a".repeat(64)}.example`, "a..b", "fe80::1%eth0"]
  ) {
    assertEquals(await isGoodFor("localhost", ["localhost", name]), true, name);
    const error = await assertRejects(() => makeSelfSigned({ names: [name] }), TypeError);
    assertEquals(error.message, "Cannot make a certificate for no name");
  }
});

Deno.test("many names make a certificate that is still understood", async () => {
  const names = Array.from({ length: 300 }, (_, i) => `host-${i}.example`);
  assertEquals(await isGoodFor("host-299.example", names), true);
});
