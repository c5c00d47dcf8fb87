/** The folder that the agent may look at, and nothing beside it. */
import { readdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";

export class WorkspaceError extends Error {
  override readonly name = "WorkspaceError";
}

export interface WorkspaceFile {
  /** Relative to the folder, with `/` between its parts. */
  readonly path: string;
  readonly bytes: number;
}

export interface Workspace {
  /** The folder's files in alphabetical order, parents before children; hidden and generated ones are left out. */
  list(): Promise<{ files: readonly WorkspaceFile[]; truncated: boolean }>;
  /**
   * The real path of a regular file in the folder.
   * @throws WorkspaceError when there is none, or it lies outside, also by way of a symbolic link
   */
  resolve(path: string): Promise<string>;
}

const MAX_FILES = 100;
const MAX_DEPTH = 3;
const SKIPPED = new Set(["node_modules", "dist", "build", "coverage"]);

export async function openWorkspace(directory: string): Promise<Workspace> {
  const root = await realpath(directory);
  return {
    list: async () => {
      const files: WorkspaceFile[] = [];
      const truncated = await collect(root, "", 1, files);
      return { files, truncated };
    },
    resolve: (path) => resolveInside(root, path),
  };
}

/** Adds the folder's files to `found`; true when there were more than fit. */
async function collect(directory: string, prefix: string, depth: number, found: WorkspaceFile[]): Promise<boolean> {
  const entries = await readdir(directory, { withFileTypes: true });
  const visible = entries.filter((entry) => !entry.name.startsWith(".") && !SKIPPED.has(entry.name));
  visible.sort((a, b) => Number(a.isDirectory()) - Number(b.isDirectory()) || (a.name < b.name ? -1 : 1));
  let truncated = false;
  for (const entry of visible) {
    const full = join(directory, entry.name);
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) {
      truncated = depth >= MAX_DEPTH || (await collect(full, `${path}/`, depth + 1, found)) || truncated;
    } else if (entry.isFile()) {
      if (found.length >= MAX_FILES) return true;
      found.push({ path, bytes: (await stat(full)).size });
    }
  }
  return truncated;
}

async function resolveInside(root: string, path: string): Promise<string> {
  const full = await realpath(join(root, path)).catch(() => undefined);
  if (full === undefined) throw new WorkspaceError(`There is no file ${path} in this folder`);
  const inside = relative(root, full);
  if (inside.startsWith(`..${sep}`) || inside === ".." || isAbsolute(inside)) {
    throw new WorkspaceError(`${path} is outside the folder`);
  }
  if (!(await stat(full)).isFile()) throw new WorkspaceError(`${path} is not a file`);
  return full;
}
