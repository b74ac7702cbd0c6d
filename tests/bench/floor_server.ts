// The floor: reads, and writes a ready-made answer, for as long as there is something to read.
//
// It parses nothing and is no server. Whatever a server on Deno.listen does, it does this too.

const fields: [string, string][] = JSON.parse(Deno.env.get("BENCH_FIELDS")!);
const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
const answer = new TextEncoder().encode(
  `HTTP/1.1 200 OK\r\n${head}\r\n${Deno.env.get("BENCH_CONTENT")!}`,
);

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.error(`http://127.0.0.1:${listener.addr.port}/`);
for await (const connection of listener) void serve(connection);

async function serve(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(2048);
  try {
    while (await connection.read(buffer) !== null) await connection.write(answer);
  } catch (error) {
    // wrk resets its connections at the end of a round.
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  } finally {
    connection.close();
  }
}
