// Deno's own server with the same answer, made as its manual makes answers.

const own = /^(?:date|content-length|connection)$/i;
const fields: [string, string][] = JSON.parse(Deno.env.get("BENCH_FIELDS")!);
const headers = fields.filter(([name]) => !own.test(name));
const content = new TextEncoder().encode(Deno.env.get("BENCH_CONTENT")!);

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.error(`http://127.0.0.1:${port}/`),
}, () => new Response(content, { headers }));
