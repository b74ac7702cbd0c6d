// A folder in the system's place for temporary files, with these files in it, until disposed of.

export class TempFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** `files` maps paths below the folder to contents; folders on the way are made. */
  static async make(files: Record<string, string | Uint8Array> = {}): Promise<TempFolder> {
    const folder = new TempFolder(await Deno.makeTempDir());
    for (const [path, content] of Object.entries(files)) {
      const name = `${folder.path}/${path}`;
      await Deno.mkdir(name.slice(0, name.lastIndexOf("/")), { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(name, content);
      else await Deno.writeFile(name, content);
    }
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
