/**
 * WHAT ANSWERS: a listing as a page.
 *
 * Plain HTML that works without its script and without its style: a table with a caption, headings that
 * are links to another order, a row for each entry whose heading is the link to it. The script brings
 * the filter box and shows it; both it and the style are written into the page, which says by their
 * digests in its policy that they and nothing else may run and be used.
 *
 * Links are relative, so that the page is right behind a proxy that serves it under another path. A row
 * is one string put together without further machinery, for a folder may have 100,000.
 */

import { toPagePolicy } from "../page_policy.ts";
import type { Entry } from "./listing_entry.ts";
import type { ListingFormat, ListingHead } from "./listing_format.ts";
import type { Column } from "./listing_request.ts";
import { toHtml, toIsolatedHtml, toSegment, toSize, toTime } from "./listing_text.ts";

const HEADINGS: readonly (readonly [Column, label: string])[] = [
  ["name", "Name"],
  ["size", "Size"],
  ["time", "Time (UTC)"],
];
const ROOT_NAME = "Home";
const PARENT_ROW =
  `<tr><th scope="row"><a href="../">Parent folder</a></th><td></td><td></td></tr>\n`;

/** Writes listings as HTML documents. */
export class PageFormat implements ListingFormat {
  /** The value of Content-Security-Policy for these pages. */
  readonly policy: string;
  readonly #links: string;
  readonly #script: string;
  readonly #archiveLink: string;

  /**
   * `style`, `script` and `icon` (an SVG) go into each page; `hasArchive` says whether it links to the
   * folder's archive.
   */
  constructor(parts: { style: string; script: string; icon: string; hasArchive: boolean }) {
    // The folder has no icon to fetch, and a browser that finds none asks for /favicon.ico.
    this.#links = `<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(parts.icon)}">
<style>${parts.style}</style>`;
    this.#script = `<script>${parts.script}</script>`;
    this.#archiveLink = parts.hasArchive ? '<a href="?archive=tar">Download as .tar</a>\n' : "";
    this.policy = toPagePolicy(this.#links + this.#script, { pictures: "data:" });
  }

  /** All that is above the table; it can be read while the entries are looked at. */
  begin({ path, segments }: ListingHead): string {
    const title = toHtml(`Index of ${path}`);
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${this.#links}
</head>
<body>
${segments.length === 0 ? `<h1>${title}</h1>` : toTrail(segments)}
`;
  }

  /** The bar and the table's head. */
  summary({ segments, order }: ListingHead, entries: readonly Entry[]): string {
    const filter = entries.length === 0 ? "" : `<div class="filter" hidden>
<label for="filter">Filter by name</label>
<input id="filter" type="search" autocomplete="off" autocapitalize="none" spellcheck="false">
<output id="shown" for="filter"></output>
</div>
${this.#script}
`;
    const archive = this.#archiveLink;
    const headings = HEADINGS.map(([column, label]) => {
      const isCurrent = column === order.column;
      const direction = order.isDescending ? "descending" : "ascending";
      const next = isCurrent && !order.isDescending ? "desc" : "asc";
      return `<th scope="col"${isCurrent ? ` aria-sort="${direction}"` : ""}>` +
        `<a href="?sort=${column}&amp;order=${next}">${label}</a></th>`;
    });
    return (filter + archive === "" ? "" : `<div class="bar">\n${filter}${archive}</div>\n`) +
      `<table>\n<caption>${toCounts(entries)}</caption>\n` +
      `<thead>\n<tr>${headings.join("")}</tr>\n</thead>\n` +
      `<tbody>\n${segments.length === 0 ? "" : PARENT_ROW}</tbody>\n<tbody>\n`;
  }

  /** One row. */
  entry({ name, isFolder, size, modified }: Entry): string {
    const slash = isFolder ? "/" : "";
    return `<tr><th scope="row"><a href="./${toSegment(name)}${slash}">` +
      `${toIsolatedHtml(name)}${slash}</a></th>` +
      (isFolder ? "<td></td><td>" : `<td title="${size} bytes">${toSize(size)}</td><td>`) +
      (modified === null ? "" : toTime(modified)) + "</td></tr>\n";
  }

  /** Closes the page. */
  end(): string {
    return "</tbody>\n</table>\n</body>\n</html>\n";
  }
}

/** The way to this folder as links, and its own name. */
function toTrail(segments: readonly string[]): string {
  const items = [ROOT_NAME, ...segments.slice(0, -1)].map((name, i) => {
    return `<li><a href="${"../".repeat(segments.length - i)}">${toIsolatedHtml(name)}</a></li>`;
  });
  return `<nav aria-label="Path"><ol>${items.join("")}</ol></nav>\n` +
    `<h1>${toIsolatedHtml(segments.at(-1) ?? "")}</h1>`;
}

/** `2 folders, 1 file (1.2 kB)`. */
function toCounts(entries: readonly Entry[]): string {
  let files = 0;
  let size = 0;
  for (const entry of entries) {
    if (entry.isFolder) continue;
    files++;
    size += entry.size;
  }
  const counts: string[] = [];
  const folders = entries.length - files;
  if (folders > 0) counts.push(toCount(folders, "folder"));
  if (files > 0) counts.push(`${toCount(files, "file")} (${toSize(size)})`);
  return counts.join(", ") || "This folder is empty";
}

function toCount(number: number, noun: string): string {
  const digits = String(number).replace(/\B(?=(?:\d{3})+$)/g, ",");
  return `${digits} ${noun}${number === 1 ? "" : "s"}`;
}
