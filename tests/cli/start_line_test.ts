// lib/cli/start_line.ts and open_browser.ts: where to point the browser.

import { listInterfaces } from "../../lib/cli/interfaces.ts";
import { openBrowser, toCommand } from "../../lib/cli/open_browser.ts";
import {
  isLocal,
  toFingerprintLines,
  toStartLines,
  toUrl,
  VERSION,
} from "../../lib/cli/start_line.ts";
import { assertEquals, assertMatch, assertThrows } from "../deps.ts";

const SUBJECT = `rawserve ${VERSION} serves its embedded page at`;
const INTERFACES = [
  { family: "IPv4", address: "127.0.0.1" },
  { family: "IPv4", address: "192.168.1.5" },
  { family: "IPv4", address: "169.254.3.4" },
  { family: "IPv6", address: "::1" },
  { family: "IPv6", address: "2001:db8::5" },
  { family: "IPv6", address: "fe80::1" },
] as const;

function linesOf(hostname: string, port: number, secure = false): string[] {
  return toStartLines({ transport: "tcp", hostname, port }, {
    what: null,
    secure,
    interfaces: () => INTERFACES,
  });
}

Deno.test("the start line names the address that was bound", () => {
  assertEquals(linesOf("127.0.0.1", 8000), [`${SUBJECT} http://127.0.0.1:8000/`]);
  assertEquals(linesOf("::1", 8000), [`${SUBJECT} http://[::1]:8000/`]);
  assertEquals(linesOf("192.168.1.5", 8443, true), [`${SUBJECT} https://192.168.1.5:8443/`]);
});

Deno.test("a system that keeps its addresses to itself has none to show", () => {
  const { networkInterfaces } = Deno;
  const refuse = (error: Error) => {
    Deno.networkInterfaces = () => {
      throw error;
    };
  };
  try {
    refuse(new Error("Address family not supported by protocol (os error 97)"));
    assertEquals(listInterfaces(), []);
    refuse(new Deno.errors.NotCapable("Requires sys access"));
    assertThrows(listInterfaces, Deno.errors.NotCapable);
  } finally {
    Deno.networkInterfaces = networkInterfaces;
  }
  assertEquals(listInterfaces(), networkInterfaces());
});

Deno.test("a certificate that nobody vouches for is told by its fingerprint", () => {
  assertEquals(toFingerprintLines(undefined), []);
  assertEquals(toFingerprintLines("0A:1B"), ["  self-signed, SHA-256 0A:1B"]);
});

Deno.test("the start line leaves the scheme's own port out", () => {
  assertEquals(linesOf("127.0.0.1", 80), [`${SUBJECT} http://127.0.0.1/`]);
  assertEquals(linesOf("::1", 443, true), [`${SUBJECT} https://[::1]/`]);
  assertEquals(linesOf("127.0.0.1", 443), [`${SUBJECT} http://127.0.0.1:443/`]);
});

Deno.test("all interfaces are listed by the addresses that others can reach", () => {
  assertEquals(linesOf("0.0.0.0", 8000), [
    `${SUBJECT} http://127.0.0.1:8000/`,
    "  in your network: http://192.168.1.5:8000/",
  ]);
  assertEquals(linesOf("::", 8000), [
    `${SUBJECT} http://[::1]:8000/`,
    "  in your network: http://192.168.1.5:8000/",
    "  in your network: http://[2001:db8::5]:8000/",
  ]);
});

Deno.test("a Unix socket is named with the way to reach it", () => {
  const address = { transport: "unix", path: "/tmp/a.sock" } as const;
  assertEquals(toStartLines(address, { what: null, secure: false, interfaces: () => [] }), [
    `${SUBJECT} unix:/tmp/a.sock (curl --unix-socket /tmp/a.sock http://localhost/)`,
  ]);
  assertEquals(toUrl(address, false), null);
});

Deno.test("the start line names what is served", () => {
  const address = { transport: "tcp", hostname: "127.0.0.1", port: 8000 } as const;
  assertEquals(
    toStartLines(address, { what: "./public", secure: false, interfaces: () => [] }),
    [`rawserve ${VERSION} serves ./public at http://127.0.0.1:8000/`],
  );
});

Deno.test("isLocal tells addresses of this machine alone from others", () => {
  const hostnames = [
    "127.0.0.1",
    "127.8.9.1",
    "::1",
    "::ffff:127.0.0.1",
    "0.0.0.0",
    "::",
    "10.0.0.1",
  ];
  const local = hostnames.filter((hostname) => isLocal({ transport: "tcp", hostname, port: 1 }));
  assertEquals(local, hostnames.slice(0, 4));
  assertEquals(isLocal({ transport: "unix", path: "/a" }), true);
});

Deno.test("toCommand is what opens a URL on each system", () => {
  assertEquals(toCommand("http://a/", "linux"), ["xdg-open", "http://a/"]);
  assertEquals(toCommand("http://a/", "darwin"), ["open", "http://a/"]);
  assertEquals(toCommand("http://a/", "windows"), ["cmd", "/c", "start", "", "http://a/"]);
});

Deno.test({
  name: "openBrowser says why it did not work",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    // No system but Windows has it.
    assertMatch(
      await openBrowser("http://a/", "windows") ?? "",
      /^Cannot open the browser with cmd: /,
    );
  },
});
