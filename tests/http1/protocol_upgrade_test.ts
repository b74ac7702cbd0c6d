// Which requests ask for another protocol (RFC 9110 7.8), and which only seem to.

import { asksForProtocol } from "../../lib/http1/protocol_upgrade.ts";
import { assertEquals } from "../deps.ts";
import { requestOf } from "../support/request.ts";

const BOTH = "Connection: Upgrade\nUpgrade: websocket";
const cases: [lines: string, protocol: string, asks: boolean, version?: "1.0"][] = [
  [BOTH, "websocket", true],
  [BOTH, "WebSocket", true],
  ["connection: UPGRADE\nupgrade: WEBSOCKET", "websocket", true],
  ["Connection: keep-alive,Upgrade\nUpgrade: h2c ,websocket", "websocket", true],
  ["Connection: close\nConnection: upgrade\nUpgrade: h2c\nUpgrade: websocket", "websocket", true],
  ["Connection: upgrade\nUpgrade: ,, IRC/6.9", "IRC/6.9", true],
  [BOTH, "websocket", false, "1.0"],
  ["Upgrade: websocket", "websocket", false],
  ["Connection: upgrade", "websocket", false],
  ["Connection: keep-alive\nUpgrade: websocket", "websocket", false],
  ["Connection: upgraded\nUpgrade: websocket", "websocket", false],
  ['Connection: "upgrade"\nUpgrade: websocket', "websocket", false],
  ["Connection: upgrade;a\nUpgrade: websocket", "websocket", false],
  ["Connection: upgrade\nUpgrade: websockets", "websocket", false],
  ["Connection: upgrade\nUpgrade: web socket", "websocket", false],
  ["Connection: upgrade\nUpgrade: websocket/13", "websocket", false],
  ["Connection: upgrade\nUpgrade: websocket", "websocket/13", false],
  ["Connection: upgrade\nUpgrade:", "websocket", false],
  ["Connection: upgrade\nX-Upgrade: websocket", "websocket", false],
  ["Connection:\nUpgrade: websocket", "websocket", false],
];

for (const [lines, protocol, asks, version = "1.1"] of cases) {
  const name = `${JSON.stringify(lines)} ${asks ? "asks" : "does not ask"} for ${protocol}`;
  Deno.test(`${name} in HTTP/${version} (RFC 9110 7.8)`, () => {
    const head = [`GET / HTTP/${version}`, "Host: a", ...lines.split("\n")].join("\r\n");
    assertEquals(asksForProtocol(requestOf(head), protocol), asks);
  });
}
