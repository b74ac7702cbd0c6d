/**
 * WHAT ANSWERS: a failure as a page, in development.
 *
 * HTML that can be read without its script: frames of the app are open, those of libraries and of the runtime are
 * folded away in the order in which they stand. The script brings the copy button. Both it and the style are
 * written into the page, which says by their digests in its policy that they and nothing else may run and be used:
 * what an app threw may be what a stranger sent.
 */

import { FieldBlock } from "../../http1/field_block.ts";
import type { HttpRequest, HttpResponse } from "../../server/handler.ts";
// By its own name the formatter would take it for HTML that may be laid out anew.
import { type Html, html as markup } from "../html.ts";
import { toPagePolicy } from "../page_policy.ts";
import { type AppFailure, cutAt, type FailedError, type Frame } from "./app_failure.ts";
import { type FailedRequest, toFailedRequest } from "./failed_request.ts";
import { RELATIONS, toFailureText, toHeading, toPlace, toVersions } from "./failure_text.ts";

const TITLE_LIMIT = 150;
const OWN = markup` class="own"`;
const encoder = new TextEncoder();

/** Where the page's parts are, and who shows it. */
export interface ErrorPageOptions {
  /** Where error_page.css, error_page.js and favicon.svg are. */
  readonly staticDirectory: URL;
  /** What the server calls itself: `rawserve/0.1.0`. */
  readonly software: string;
}

/** Answers with failures. */
export class ErrorPage {
  readonly #software: string;
  readonly #links: string;
  readonly #script: string;
  readonly #fields: FieldBlock;
  readonly #plainFields: FieldBlock;

  /** Reads the page's parts. Throws a `Deno.errors` error where one cannot be read. */
  constructor({ staticDirectory, software }: ErrorPageOptions) {
    this.#software = software;
    const read = (name: string) => Deno.readTextFileSync(new URL(name, staticDirectory));
    const icon = `data:image/svg+xml,${encodeURIComponent(read("favicon.svg"))}`;
    this.#links = `<link rel="icon" href="${icon}">\n<style>${read("error_page.css")}</style>`;
    this.#script = `<script>${read("error_page.js")}</script>`;
    const policy = toPagePolicy(this.#links + this.#script, { pictures: "data:" });
    this.#fields = toFields("text/html", ["Content-Security-Policy", policy]);
    this.#plainFields = toFields("text/plain");
  }

  /** The answer to `request`: a page for browsers, else the same as plain text. Its status is 500. */
  answer(failure: AppFailure, request: HttpRequest): HttpResponse {
    const shown = toFailedRequest(request);
    const text = toFailureText(failure, { request: shown, software: this.#software });
    return {
      status: 500,
      fields: shown.wantsPage ? this.#fields : this.#plainFields,
      content: encoder.encode(shown.wantsPage ? this.#toPage(failure, shown, text) : text),
    };
  }

  #toPage(failure: AppFailure, request: FailedRequest, text: string): string {
    const [first, ...others] = failure.errors;
    const title = first === undefined ? "" : cutAt(toHeading(first), TITLE_LIMIT);
    const where = failure.when === "loading"
      ? "The app cannot be loaded"
      : `${request.method} ${request.url}`;
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${markup`<title>${title}</title>`}
${this.#links}
</head>
<body>
${markup`<p class="where">${where}</p>
<h1>${first?.type}</h1>
${first === undefined ? null : toMessage(first)}
<p><button type="button" id="copy" hidden>Copy</button> <output id="copied"></output></p>
${first === undefined ? null : toFrames(first)}
${others.map((error, i) => toSection(error, failure.errors[i]!))}${
      toRequest(request)
    }<details id="plain">
<summary>As plain text</summary>
<pre id="text" tabindex="0">${text}</pre>
</details>
<footer>${toVersions(failure, this.#software)}. This page is for development (--dev).</footer>
`}${this.#script}
</body>
</html>
`;
  }
}

function toFields(
  type: string,
  ...lines: (readonly [name: string, value: string])[]
): FieldBlock {
  return new FieldBlock([
    ["Content-Type", `${type}; charset=utf-8`],
    ["X-Content-Type-Options", "nosniff"],
    ["Cache-Control", "no-store"],
    ...lines,
  ]);
}

/** An error that belongs to the one `before` it. */
function toSection(error: FailedError, before: FailedError): Html {
  return markup`<section>
<h2><small>${RELATIONS[error.relation]}</small> ${error.type}</h2>
${toMessage(error)}
${toFrames(error, before)}
</section>
`;
}

function toMessage({ message }: FailedError): Html | null {
  return message === "" ? null : markup`<pre class="message">${message}</pre>`;
}

function toRequest({ method, url, fields }: FailedRequest): Html {
  const lines = [[method, url] as const, ...fields];
  return markup`<section>
<h2>Request</h2>
<dl>
${lines.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
</section>
`;
}

/** Frames of the app one by one, what stands between them in one, and in one those that `before` has as well. */
function toFrames({ frames }: FailedError, before?: FailedError): Html {
  const shared = before === undefined ? 0 : countShared(frames, before.frames);
  const groups: Frame[][] = [];
  for (const frame of frames.slice(0, frames.length - shared)) {
    const last = groups.at(-1);
    if (last === undefined || frame.isOwn || last[0]!.isOwn) groups.push([frame]);
    else last.push(frame);
  }
  const rest = shared === 0 ? null : toFolded(frames.slice(-shared), "as above");
  return markup`<ol>
${
    groups.map((group) =>
      group[0]!.isOwn ? toFrame(group[0]!) : toFolded(group, "of libraries and the runtime")
    )
  }${rest}</ol>`;
}

/** How many of the outermost calls `others` has as well, where it may go on further out: stacks are cut. */
function countShared(frames: readonly Frame[], others: readonly Frame[]): number {
  const places = frames.map(toPlace).reverse();
  const otherPlaces = others.map(toPlace).reverse();
  const start = otherPlaces.indexOf(places[0] ?? "");
  const end = places.findIndex((place, i) => place !== otherPlaces[start + i]);
  return end < 0 ? places.length : end;
}

function toFolded(frames: readonly Frame[], what: string): Html {
  const count = frames.length === 1 ? "1 call" : `${frames.length} calls`;
  return markup`<li><details>
<summary>${count} ${what}</summary>
<ol>
${frames.map(toFrame)}</ol>
</details></li>
`;
}

function toFrame(frame: Frame): Html {
  const place = toPlace(frame);
  const nameAt = frame.file.lastIndexOf("/") + 1;
  const name = frame.function === null ? null : markup` in <code>${frame.function}</code>`;
  return markup`<li${frame.isOwn ? OWN : null}>
<p><code>${place.slice(0, nameAt)}<b>${place.slice(nameAt)}</b></code>${name}</p>
${toSource(frame)}</li>
`;
}

function toSource({ source, line }: Frame): Html | null {
  if (source.length === 0) return null;
  // Each line is a block of its own; the line ends are for whoever reads without the style.
  const lines = source.map(({ number, text }) =>
    number === line
      ? markup`<mark><i>${number}</i> ${text}\n</mark>`
      : markup`<span><i>${number}</i> ${text}\n</span>`
  );
  return markup`<pre class="source" tabindex="0">${lines}</pre>
`;
}
