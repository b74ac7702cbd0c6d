// What an app may do: once it is loaded, and while it is.

const NAMES = ["net", "read", "write", "run", "env", "sys", "ffi", "import"] as const;
const loading = granted();

export default {
  fetch: (request: Request) =>
    new Response(new URL(request.url).pathname === "/loading" ? loading : granted()),
};

function granted(): string {
  return NAMES.filter((name) => Deno.permissions.querySync({ name }).state === "granted").join(" ");
}
