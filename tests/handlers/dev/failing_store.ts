// What the failing app looks up in, in a file of its own. The types are there to move the lines: where they
// are taken out and not mapped back, the page shows others.

type Table = ReadonlyMap<string, { readonly name: string }>;

const table: Table = new Map([["ann", { name: "Ann" }]]);

/** The visitor of that name. Throws an error with a cause where there is none. */
export function findVisitor(name: string | null): { readonly name: string } {
  try {
    return lookUp(name as string);
  } catch (cause) {
    throw new Error(`Cannot find the visitor ${name}`, { cause });
  }
}

function lookUp(name: string): { readonly name: string } {
  const found = table.get(name.toLowerCase());
  if (found === undefined) throw new RangeError("There is no such visitor");
  return found;
}
