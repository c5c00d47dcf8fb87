/** Four real tools over the files of one folder. Each is confined to the folder and bounded in what it returns. */
import { open, readFile, stat } from "node:fs/promises";
import type { SpanType } from "everspan";
import type { ToolDefinition } from "./chat.ts";
import { type Workspace, WorkspaceError } from "./workspace.ts";

export interface Tool {
  readonly definition: ToolDefinition;
  /** How its spans are shown. */
  readonly type: SpanType;
  run(input: Record<string, unknown>): Promise<Record<string, unknown>>;
}

const MAX_READ_BYTES = 64 * 1024;
const MAX_SEARCHED_BYTES = 512 * 1024;
const MAX_COUNTED_BYTES = 8 * 1024 * 1024;
const MAX_HITS = 40;
const MAX_HIT_CHARACTERS = 200;

const PATH = { type: "string", description: "A path relative to the folder, as list_files gives it." };

export function createTools(workspace: Workspace): readonly Tool[] {
  return [listFiles(workspace), readText(workspace), searchText(workspace), countLines(workspace)];
}

function listFiles(workspace: Workspace): Tool {
  return {
    definition: define("list_files", "Lists the files of the folder with their sizes in bytes.", {}),
    type: "FILE_RETRIEVAL",
    run: async () => {
      const { files, truncated } = await workspace.list();
      return { files, truncated };
    },
  };
}

function readText(workspace: Workspace): Tool {
  return {
    definition: define("read_file", "Reads a text file, up to its first 64 KiB.", { path: PATH }),
    type: "FILE_RETRIEVAL",
    run: async (input) => {
      const path = text(input, "path");
      await using file = await open(await workspace.resolve(path));
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_READ_BYTES), 0, MAX_READ_BYTES, 0);
      return { path, text: buffer.toString("utf8", 0, bytesRead), bytes: size, truncated: size > bytesRead };
    },
  };
}

function searchText(workspace: Workspace): Tool {
  const query = { type: "string", description: "The words to look for. Case does not matter." };
  return {
    definition: define("search_text", "Finds the lines that contain a text, in all files.", { query }),
    type: "DOCUMENT_SEARCH",
    run: async (input) => {
      const wanted = text(input, "query").toLowerCase();
      const hits: { path: string; line: number; text: string }[] = [];
      let searchedFiles = 0;
      for (const file of (await workspace.list()).files) {
        if (file.bytes > MAX_SEARCHED_BYTES || hits.length >= MAX_HITS) continue;
        const content = await readFile(await workspace.resolve(file.path), "utf8");
        searchedFiles += 1;
        for (const [index, line] of content.split("\n").entries()) {
          if (hits.length >= MAX_HITS || !line.toLowerCase().includes(wanted)) continue;
          hits.push({ path: file.path, line: index + 1, text: line.trim().slice(0, MAX_HIT_CHARACTERS) });
        }
      }
      return { query: wanted, searchedFiles, hits, truncated: hits.length >= MAX_HITS };
    },
  };
}

function countLines(workspace: Workspace): Tool {
  return {
    definition: define("count_lines", "Counts the lines of a text file.", { path: PATH }),
    type: "CODE_EXECUTION",
    run: async (input) => {
      const path = text(input, "path");
      const file = await workspace.resolve(path);
      const { size } = await stat(file);
      if (size > MAX_COUNTED_BYTES) throw new WorkspaceError(`${path} is too large to count: ${size} bytes`);
      const content = await readFile(file, "utf8");
      return { path, lines: content === "" ? 0 : content.replace(/\n$/, "").split("\n").length };
    },
  };
}

function define(name: string, description: string, properties: Record<string, object>): ToolDefinition {
  const parameters = { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
  return { type: "function", function: { name, description, parameters } };
}

function text(input: Record<string, unknown>, key: string): string {
  const value = input[key];
  if (typeof value !== "string") throw new WorkspaceError(`${key} must be a text, not ${typeof value}`);
  return value;
}
