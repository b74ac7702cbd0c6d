// Folders that tests build for themselves, written down as an object:
//
//   { "a.txt": "text", "b.bin": octets, sub: { … }, link: linkTo("a.txt"), old: datedFile("…", date) }
//
// Everything in it was last changed on a day long past, to the millisecond. What a server says of a
// file that changed a moment ago is something else, and a test that is about it says so.

/** What there is by this name: a file's content, a folder, or something more special. */
export type FixtureEntry = string | Uint8Array | Fixture | {
  readonly [name: string]: FixtureEntry;
};

/** Names, and what there is by them. */
export type FixtureTree = Readonly<Record<string, FixtureEntry>>;

/** When every file of a fixture was last changed, unless it says otherwise. */
export const FIXTURE_DATE = new Date("2024-05-06T07:08:09.123Z");

/** What is made by more than writing octets. */
export class Fixture {
  readonly make: (path: string) => void;

  constructor(make: (path: string) => void) {
    this.make = make;
  }
}

/** A symbolic link; `target` need not exist. */
export function linkTo(target: string): Fixture {
  return new Fixture((path) => Deno.symlinkSync(target, path));
}

/** A file that was last changed at `date`. */
export function datedFile(content: string | Uint8Array, date: Date): Fixture {
  return new Fixture((path) => writeDated(path, content, date));
}

/** A file of `size` octets, all of them zero but for these, that takes no room on the disk. */
export function sparseFile(
  size: number,
  octets: readonly (readonly [offset: number, text: string])[],
): Fixture {
  return new Fixture((path) => {
    using file = Deno.openSync(path, { write: true, createNew: true });
    file.truncateSync(size);
    for (const [offset, text] of octets) {
      file.seekSync(offset, Deno.SeekMode.Start);
      file.writeSync(new TextEncoder().encode(text));
    }
    file.utimeSync(FIXTURE_DATE, FIXTURE_DATE);
  });
}

/** Builds `tree` in a new temporary folder, which is removed with everything in it at the end. */
export function makeFolder(tree: FixtureTree): { readonly path: string } & AsyncDisposable {
  // The real path: on some systems the folder for what is temporary is a link.
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "rawserve_files_" }));
  try {
    addTree(path, tree);
  } catch (error) {
    Deno.removeSync(path, { recursive: true });
    throw error;
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Adds what `tree` says to the folder at `path`, which is there. */
export function addTree(path: string, tree: FixtureTree): void {
  for (const [name, entry] of Object.entries(tree)) {
    const at = `${path}/${name}`;
    if (entry instanceof Fixture) {
      entry.make(at);
    } else if (typeof entry === "string" || entry instanceof Uint8Array) {
      writeDated(at, entry, FIXTURE_DATE);
    } else {
      Deno.mkdirSync(at);
      addTree(at, entry);
      Deno.utimeSync(at, FIXTURE_DATE, FIXTURE_DATE);
    }
  }
}

/** Writes a file, and says that it was last changed at `date`. */
export function writeDated(path: string, content: string | Uint8Array, date: Date): void {
  if (typeof content === "string") Deno.writeTextFileSync(path, content);
  else Deno.writeFileSync(path, content);
  Deno.utimeSync(path, date, date);
}
