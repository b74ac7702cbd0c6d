/**
 * WHAT ANSWERS (RFC 8259): a listing for programs.
 *
 *   {"path":"/a/","entries":[
 *   {"name":"b","type":"folder","size":null,"modified":"2026-11-21T14:46:05.000Z"},
 *   {"name":"c.txt","type":"file","size":12,"modified":"2026-11-21T14:46:05.123Z"}
 *   ]}
 *
 * An entry a line: still one JSON text, and a friend to grep. Names are as the file system has them; how
 * to make an address of one is the reader's business, as is what the reader finds odd in it.
 */

import type { Entry } from "./listing_entry.ts";
import type { ListingFormat, ListingHead } from "./listing_format.ts";

/** Writes listings as JSON. */
export const jsonFormat: ListingFormat = {
  begin: ({ path }: ListingHead): string => `{"path":${JSON.stringify(path)},"entries":[`,
  summary: (): string => "",
  entry(entry: Entry, index: number): string {
    const { name, isFolder, size, modified } = entry;
    return `${index === 0 ? "\n" : ",\n"}{"name":${JSON.stringify(name)},` +
      (isFolder ? '"type":"folder","size":null,' : `"type":"file","size":${size},`) +
      `"modified":${modified === null ? "null" : `"${new Date(modified).toISOString()}"`}}`;
  },
  end: (): string => "\n]}\n",
};
