/**
 * COMMAND LINE: what is known of an option.
 *
 * The rows themselves stand in `option_table.ts`, and those about what is served in `serving_options.ts`.
 */

/** What an option is about; help has a heading for each. */
export type OptionGroup = "listening" | "limits" | "folder" | "apps" | "answers" | "program";

/** One option of the command line. */
export interface OptionRow {
  readonly group: OptionGroup;
  /** Whether the short help shows it, which has room for 17 on a screen of 80 by 24. */
  readonly isEveryday?: boolean;
  /** Without the dashes. */
  readonly name: string;
  /** The letter after one dash. */
  readonly short?: string;
  /** What help calls its value; left out where it takes none. */
  readonly value?: string;
  /** What it is unless given, as help shows it. */
  readonly initially?: string;
  /** What it does, in help's one line. */
  readonly help: string;
  /** Whether the value may be left out; where it is given, `=` ties it to the option. */
  readonly isValueOptional?: boolean;
  /** Whether it may be given more than once and adds up; otherwise the last one counts. */
  readonly repeats?: boolean;
  /** Whether it means nothing where a single file is served. */
  readonly foldersOnly?: boolean;
  /** Whether it asks for text instead of a server, which nobody does by environment. */
  readonly printsOnly?: boolean;
}
