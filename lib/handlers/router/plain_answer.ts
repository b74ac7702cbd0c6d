/** WHAT ANSWERS: what the framework says by itself, in words and without markup. */

/** An answer with `status` that says so, and `text`. */
export function plainAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${status}\n${text}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  });
}
