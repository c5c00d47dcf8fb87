/** What an application gets with each tracer: on disk with all it depends on, and to load. */
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { versionOf } from "./subjects.mjs";
import { markdownTable } from "./tables.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PEERS = join(ROOT, "bench/peers");
const SDK = join(ROOT, "packages/sdk");
const IMPORT_ROUNDS = 7;

/** Adds a cell to the results for Everspan and each peer with its defaults. */
export function measureFootprints(subjects, { results, say }) {
  const asDocumented = subjects.filter(({ options, spool }) => options === undefined && spool === undefined);
  for (const subject of asDocumented) {
    const cell = { section: "footprint", subject: subject.name };
    if (results.has(cell)) continue;
    const footprint = footprintOf(subject);
    if (footprint === undefined) continue;
    say(`footprint: ${subject.name}`);
    results.add({ ...cell, ...footprint });
  }
}

export function footprintTable(cells) {
  const lines = cells.map(({ subject, packages, bytes, importMs }) => [
    subject,
    packages,
    (bytes / 2 ** 20).toFixed(2),
    importMs.toFixed(0),
  ]);
  return markdownTable(["", "packages", "installed MiB", "import, ms"], lines);
}

/** @returns undefined for what nobody installs */
function footprintOf(subject) {
  if (subject.kind === "everspan") return ours();
  return subject.kind === "peer" && versionOf(subject) !== undefined ? peer(subject) : undefined;
}

/** As it is published: the files that its manifest names, and the manifest. */
function ours() {
  const { files, dependencies = {} } = manifestIn(SDK);
  const paths = [...files, "package.json", "README.md", "LICENSE"].map((name) => join(SDK, name));
  const bytes = paths.reduce((sum, path) => sum + sizeOf(path), 0);
  const name = process.env.EVERSPAN_BENCH_SDK ?? "everspan";
  return { packages: 1 + Object.keys(dependencies).length, bytes, importMs: importMs([name], ROOT) };
}

function peer({ package: main, packages = [main] }) {
  const closure = dependencyClosure(packages);
  const bytes = [...closure].reduce((sum, folder) => sum + sizeOf(folder), 0);
  return { packages: closure.size, bytes, importMs: importMs(packages, PEERS) };
}

/** The least of several fresh processes: what loading costs when nothing else disturbs it. */
function importMs(names, cwd) {
  const imports = names.map((name) => `await import(${JSON.stringify(name)});`).join(" ");
  const program = `const b = performance.now(); ${imports} console.log(performance.now() - b); process.exit()`;
  const times = Array.from({ length: IMPORT_ROUNDS }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      cwd,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`importing ${names.join(", ")} failed: ${stderr}`);
    return Number(stdout);
  });
  return Math.min(...times);
}

/** Folders of the packages and of everything they depend on, as Node would find them. */
function dependencyClosure(names) {
  const seen = new Set();
  const visit = (name, from) => {
    const folder = resolvePackage(name, from);
    if (folder === undefined || seen.has(folder)) return;
    seen.add(folder);
    for (const dependency of dependenciesOf(manifestIn(folder))) visit(dependency, folder);
  };
  for (const name of names) visit(name, PEERS);
  return seen;
}

/** What npm installs with it. */
function dependenciesOf(manifest) {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers];
}

function resolvePackage(name, from) {
  for (let folder = from; folder.startsWith(PEERS); folder = join(folder, "..")) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
  }
  return undefined;
}

function manifestIn(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** Without packages nested in it: those are counted by themselves. */
function sizeOf(path) {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.size;
  const names = readdirSync(path).filter((name) => name !== "node_modules");
  return names.reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
