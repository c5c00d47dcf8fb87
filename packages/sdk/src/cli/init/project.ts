/** What a folder says of the project in it. Reads only. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Project {
  readonly directory: string;
  readonly name: string;
  readonly framework: "next" | "node";
  readonly isTypeScript: boolean;
  readonly isModule: boolean;
  /** Of dependencies of every kind. */
  readonly packages: ReadonlySet<string>;
  readonly scripts: Readonly<Record<string, string>>;
  /** The text of `package.json`. */
  readonly manifest: string;
  /** How the project's package manager adds a package. */
  readonly add: string;
  /** Next.js: where `instrumentation` stands, relative to the folder; with its separator. */
  readonly sources: "" | "src/";
  /** The text of `.env.local`; undefined where there is none. Never shown, nor written elsewhere. */
  readonly variables: string | undefined;
}

const LOCKS: readonly (readonly [file: string, add: string])[] = [
  ["pnpm-lock.yaml", "pnpm add"],
  ["yarn.lock", "yarn add"],
  ["bun.lock", "bun add"],
  ["bun.lockb", "bun add"],
];

/** @throws Error in a sentence when there is no `package.json`, or it can't be read */
export function inspectProject(directory: string): Project {
  const manifest = readManifest(directory);
  const parsed = parseManifest(manifest);
  const packages = new Set(
    [parsed.dependencies, parsed.devDependencies, parsed.peerDependencies].flatMap((part) => Object.keys(part ?? {})),
  );
  const has = (path: string) => existsSync(join(directory, path));
  return {
    directory,
    name: parsed.name ?? "agent",
    framework: packages.has("next") ? "next" : "node",
    isTypeScript: has("tsconfig.json") || packages.has("typescript"),
    isModule: parsed.type === "module",
    packages,
    scripts: parsed.scripts ?? {},
    manifest,
    add: LOCKS.find(([file]) => has(file))?.[1] ?? "npm install",
    sources: has("src/app") || has("src/pages") ? "src/" : "",
    variables: has(".env.local") ? readFileSync(join(directory, ".env.local"), "utf8") : undefined,
  };
}

interface Manifest {
  readonly name?: string;
  readonly type?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: object;
  readonly devDependencies?: object;
  readonly peerDependencies?: object;
}

function readManifest(directory: string): string {
  try {
    return readFileSync(join(directory, "package.json"), "utf8");
  } catch (error) {
    throw new Error(`expected a package.json in ${directory}: ${(error as Error).message}`, { cause: error });
  }
}

function parseManifest(text: string): Manifest {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) return parsed as Manifest;
  } catch {
    // Told below.
  }
  throw new Error("expected package.json to be an object in JSON: mend it first");
}
