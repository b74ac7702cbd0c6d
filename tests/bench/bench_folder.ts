// The folder that file servers are measured with: small, picture, large, very large, and many files.

/** Makes the folder `path` in a new folder `home`, which is the caller's to remove. */
export async function makeBenchFolder(): Promise<{ path: string; home: string }> {
  const home = await Deno.makeTempDir({ prefix: "rawserve-bench-" });
  const path = `${home}/root`;
  await Deno.mkdir(`${path}/list`, { recursive: true });
  await Deno.writeTextFile(`${path}/1k.txt`, "a".repeat(1024));
  await Deno.copyFile(new URL("../../static/test.jpg", import.meta.url), `${path}/test.jpg`);
  const piece = crypto.getRandomValues(new Uint8Array(65_536));
  for (const [name, pieces] of [["10m.bin", 160], ["100m.bin", 1600]] as const) {
    using file = await Deno.open(`${path}/${name}`, { write: true, create: true });
    const writer = file.writable.getWriter();
    for (let i = 0; i < pieces; i++) await writer.write(piece);
    writer.releaseLock();
  }
  for (let i = 0; i < 1000; i++) {
    await Deno.writeTextFile(`${path}/list/file-${String(i).padStart(4, "0")}.txt`, "x".repeat(i));
  }
  return { path, home };
}
