// Folders for the tests of listings: odd names, a folder made of them, and a listing's page read back.

/** Every kind of name that issue and experience call odd, and Linux allows. */
export const ODD_NAMES: readonly string[] = [
  "a b",
  " lead",
  "two  spaces ",
  "100%",
  "%2e%2e",
  "%41",
  "a#b",
  "a?b=c",
  "a+b",
  "a&amp;b",
  "a;b=c,d",
  "'single'",
  '"onclick="x',
  "<script>alert(1)",
  "<b>",
  "line\nfeed",
  "cr\rtab\t",
  "\x1b[31mred",
  "del\x7f\x85",
  "-rf",
  "--",
  "~",
  "back\\slash",
  "javascript:alert(1)",
  "http:",
  "C:",

  "a..",
  "x".repeat(255),
  "é".repeat(127),
  "日本語",
  "Łódź",
  "👩‍🚀",
  "\u00e9",
  "e\u0301",
  "gpj\u202eexe",
  "\u2067\u2069",
  "עברית",
  "zero\u200bwidth\ufeff",
  "real\ufffdreplacement",
  "{{x}}${y}`z`",
  "constructor",
  "__proto__",
];

/** Where the page's own parts lie. */
export const STATIC = new URL("../../static/", import.meta.url);

/** A temporary folder with empty files of these names; those that end with `/` are folders. */
export async function folderOf(
  names: readonly string[],
): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "rawserve_listing_" });
  for (const name of names) {
    if (name.endsWith("/")) await Deno.mkdir(`${path}/${name}`);
    else await Deno.writeFile(`${path}/${name}`, new Uint8Array());
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** The whole of an answer's content. */
export function asText({ content }: { content: unknown }): Promise<string> {
  return new Response(content as BodyInit | null).text();
}

/** The rows of a listing's page, without that of the parent folder: what the links say and where they lead. */
export function rowsOf(page: string): { href: string; text: string }[] {
  const rows = page.matchAll(/<tr><th scope="row"><a href="(\.\/.*?)">(.*?)<\/a>/g);
  return Array.from(rows, ([, href = "", text = ""]) => {
    return { href: htmlToText(href), text: htmlToText(text.replace(/<\/?bdi>/g, "")) };
  });
}

/** Undoes escapes in HTML. */
export function htmlToText(html: string): string {
  return html.replace(/&(lt|gt|quot|#39|amp);/g, (_, name) => {
    return { lt: "<", gt: ">", quot: '"', "#39": "'" }[name as string] ?? "&";
  });
}
