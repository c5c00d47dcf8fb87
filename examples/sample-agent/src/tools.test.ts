import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTools } from "./tools.ts";
import { openWorkspace } from "./workspace.ts";

let outside: string;
let folder: string;

beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), "everspan-tools-"));
  folder = join(outside, "folder");
  await mkdir(join(folder, "docs"), { recursive: true });
  await writeFile(join(outside, "secret.txt"), "secret");
  await writeFile(join(folder, "README.md"), "# Tracing\n\nSpans and traces.\n");
  await writeFile(join(folder, "docs", "b.md"), "Tracing again");
});

afterEach(() => rm(outside, { recursive: true }));

async function run(name: string, input: Record<string, unknown> = {}) {
  const tool = createTools(await openWorkspace(folder)).find((each) => each.definition.function.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool.run(input);
}

describe("the tools", () => {
  test("list the folder's files with their sizes, without hidden and generated ones", async () => {
    await writeFile(join(folder, ".env"), "KEY=1");
    await mkdir(join(folder, "node_modules"));
    await writeFile(join(folder, "node_modules", "x.js"), "");
    expect(await run("list_files")).toEqual({
      files: [
        { path: "README.md", bytes: 29 },
        { path: "docs/b.md", bytes: 13 },
      ],
      truncated: false,
    });
  });

  test("list no more than a hundred files and say so", async () => {
    await Promise.all(Array.from({ length: 120 }, (_, i) => writeFile(join(folder, `${i}.txt`), "")));
    const { files, truncated } = await run("list_files");
    expect([(files as unknown[]).length, truncated]).toEqual([100, true]);
  });

  test("read a file, and of a large one the beginning", async () => {
    expect(await run("read_file", { path: "docs/b.md" })).toMatchObject({ text: "Tracing again", truncated: false });
    await writeFile(join(folder, "large.txt"), "x".repeat(100_000));
    const { text, bytes, truncated } = await run("read_file", { path: "large.txt" });
    expect([(text as string).length, bytes, truncated]).toEqual([65_536, 100_000, true]);
  });

  test("find a text with file and line, whatever its case", async () => {
    const { hits, searchedFiles } = await run("search_text", { query: "tracing" });
    expect(hits).toEqual([
      { path: "README.md", line: 1, text: "# Tracing" },
      { path: "docs/b.md", line: 1, text: "Tracing again" },
    ]);
    expect(searchedFiles).toBe(2);
  });

  test("count lines as an editor does", async () => {
    expect(await run("count_lines", { path: "README.md" })).toEqual({ path: "README.md", lines: 3 });
    expect(await run("count_lines", { path: "docs/b.md" })).toEqual({ path: "docs/b.md", lines: 1 });
  });

  test.each(["../secret.txt", "docs/../../secret.txt", "link.txt"])("refuse %s, which lies outside", async (path) => {
    await symlink(join(outside, "secret.txt"), join(folder, "link.txt"));
    await expect(run("read_file", { path })).rejects.toThrow("is outside the folder");
    await expect(run("count_lines", { path })).rejects.toThrow("is outside the folder");
  });

  test("say that a file does not exist, and that an argument is missing", async () => {
    await expect(run("read_file", { path: "docs/overview.md" })).rejects.toThrow("There is no file docs/overview.md");
    await expect(run("search_text")).rejects.toThrow("query must be a text, not undefined");
  });
});
