// SIGHUP where there is no certificate to read again, and a terminal that is closed.

import { makeSelfSigned } from "../../lib/net/self_signed.ts";
import { assertEquals, assertRejects } from "../deps.ts";
import { needs } from "../e2e/client_program.ts";
import { startProgram } from "../support/program.ts";
import { connect } from "../support/raw_client.ts";
import { startServing, toDenoArgs } from "./started_program.ts";
import { TempFolder } from "./temp_folder.ts";

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const { os } = Deno.build;

for (const args of [[], ["--tls-self-signed"]]) {
  Deno.test({
    name: `SIGHUP does nothing to a server that has no files to read again ${args.join()}`,
    ignore: os === "windows",
    fn: async () => {
      const { program } = await startServing(args);
      await using _ = program;
      program.signal("SIGHUP");
      program.signal("SIGTERM");
      // It is the second signal by which it ended, and in good order.
      const { code, signal } = await program.waitForEnd();
      assertEquals([code, signal], [0, null]);
    },
  });
}

const script = needs("script");

for (const isTls of [false, true]) {
  Deno.test({
    name: `a server ${isTls ? "with TLS " : ""}ends when its terminal is closed${script.because}`,
    ignore: script.ignore || os !== "linux",
    fn: async () => {
      const { certificate, key } = await makeSelfSigned({ names: ["localhost"] });
      await using folder = await TempFolder.make({ "cert.pem": certificate, "key.pem": key });
      const tls = ["--tls-cert", `${folder.path}/cert.pem`, "--tls-key", `${folder.path}/key.pem`];
      const denoArgs = toDenoArgs(["--port", "0", "--grace", "3600", ...isTls ? tls : []]);
      const words = [Deno.execPath(), ...denoArgs].map((word) => `'${word}'`).join(" ");
      await using terminal = startProgram({
        command: "script",
        args: ["-qfec", `echo "pid $$"; exec ${words}`, "/dev/null"],
        env: { NO_COLOR: "1", PORT: "" },
        cwd: new URL("../../", import.meta.url),
      });
      const [, pid] = await terminal.waitForLine(/^pid (\d+)/);
      const [, port] = await terminal.waitForLine(/ at https?:\/\/127\.0\.0\.1:(\d+)\//);
      // With the terminal still there the signal means something else.
      Deno.kill(Number(pid), "SIGHUP");
      if (isTls) await terminal.waitForLine(/^New connections get the certificate in /);
      using client = await connect(Number(port), isTls ? { caCerts: [certificate] } : {});
      await client.send(GET);
      assertEquals((await client.readResponse()).status, 200);
      terminal.signal("SIGKILL");
      assertEquals(await client.readAllText(), "");
      await assertRejects(() => connect(Number(port)), Deno.errors.ConnectionRefused);
    },
  });
}
