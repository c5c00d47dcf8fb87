/**
 * Type-checks the code of the documents against the SDK's sources: each block of `ts` or `js` is a program of its own. What
 * a document leaves to its reader (a function of theirs, `answer(question)`) needs no declaration; what the SDK's main entry
 * exports needs no import in a fragment. Packages that are not installed in the repository or under `clients/` are taken as
 * they are named; with `--installed` they have to be there. `node scripts/document-code.mjs` ends non-zero when a block is wrong.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const mustBeInstalled = process.argv.includes("--installed");
/** A name of the reader's, or a module whose types a reader extends, which is nowhere declared. */
const UNDECLARED = new Set(["TS2304", "TS2552", "TS18004", "TS2582", "TS2664"]);
const FENCE = /^( *)```(ts|tsx|js|mjs)\n([\s\S]*?)^\1```$/gm;

const folders = ["", ...readdirSync(join(root, "clients")).map((name) => `clients/${name}/`)].filter((folder) =>
  existsSync(join(root, folder, "node_modules")),
);
const installed = (name, folder) => existsSync(join(root, folder, "node_modules", name));

const exported = new Set(
  [...readFileSync(join(root, "packages/sdk/src/index.ts"), "utf8").matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(
    ([, names]) =>
      names
        .split(",")
        .map((name) => name.replace(/^\s*type\s+/, "").trim())
        .filter(Boolean),
  ),
);

const blocks = documents().flatMap(blocksOf);
const scratches = new Map();
const absent = new Set();
const written = new Map(blocks.map((block) => [write(block), block]));
const problems = check();
for (const folder of scratches.values()) rmSync(folder, { recursive: true });
for (const problem of problems) console.error(problem);
if (mustBeInstalled)
  for (const name of absent) console.error(`the documents' code imports ${name}, which is not installed`);
const isWrong = problems.length > 0 || (mustBeInstalled && absent.size > 0);
console.log(
  `documents: ${blocks.length} blocks of code in ${new Set(blocks.map(({ page }) => page)).size} pages, ${problems.length} problems` +
    (absent.size === 0 ? "" : `; not installed, so not looked at: ${[...absent].toSorted().join(", ")}`),
);
process.exitCode = isWrong ? 1 : 0;

function documents() {
  const tracked = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
    cwd: root,
    encoding: "utf8",
  }).stdout.split("\n");
  return tracked.filter((page) => /^(README|docs\/(?!adr|contributing|formats)|examples\/|packages\/sdk\/)/.test(page));
}

function blocksOf(page) {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(FENCE)].map(({ index, 2: language, 3: code }) => ({
    page,
    language,
    code,
    line: text.slice(0, index).split("\n").length + 1,
  }));
}

/** Puts a block where the packages that it imports are found. @returns its file */
function write(block) {
  const names = [
    ...block.code
      .replace(/\/\/.*$/gm, "")
      .matchAll(/(?:from|import|import\(|require\(|module) ?["']([^"'.][^"']*)["']/g),
  ]
    .map(([, specifier]) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)[0])
    .filter((name) => name !== "everspan" && name !== "@everspan" && !name.startsWith("node:"));
  const folder = folders.toSorted((a, b) => count(names, b) - count(names, a))[0];
  const missing = names.filter((name) => !installed(name, folder));
  for (const name of missing) absent.add(name);
  if (!scratches.has(folder)) {
    const cache = join(root, folder, "node_modules/.cache");
    mkdirSync(cache, { recursive: true });
    scratches.set(folder, mkdtempSync(join(cache, "documents-")));
  }
  const isImported = (name) => new RegExp(`\\b(import|const|class|let)\\b[^;]*\\b${name}\\b`).test(block.code);
  const used = [...exported].filter((name) => new RegExp(`\\b${name}\\b`).test(block.code) && !isImported(name));
  const head = used.length === 0 ? "" : `import { ${used.join(", ")} } from "everspan"; `;
  const ending = block.language === "tsx" ? "tsx" : "ts";
  const file = join(scratches.get(folder), `${block.page.replaceAll("/", "-")}-${block.line}.${ending}`);
  writeFileSync(file, `${head}export {};${block.code.replace(/^/, "\n")}`);
  const anything = missing.flatMap((name) => [`declare module "${name}";`, `declare module "${name}/*";`]);
  if (anything.length > 0) writeFileSync(join(dirname(file), `${basename(file)}.d.ts`), `${anything.join("\n")}\n`);
  return file;
}

function count(names, folder) {
  return names.filter((name) => installed(name, folder)).length;
}

function check() {
  const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.base.json"), "utf8"));
  const scratch = mkdtempSync(join(root, "node_modules/.cache/documents-config-"));
  const paths = Object.fromEntries(
    Object.entries(compilerOptions.paths).map(([name, [path]]) => [name, [join(root, path)]]),
  );
  const config = {
    compilerOptions: {
      ...compilerOptions,
      paths,
      lib: ["ES2024", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
      jsx: "preserve",
      noImplicitAny: false,
      noImplicitReturns: false,
      erasableSyntaxOnly: false,
      experimentalDecorators: true,
      verbatimModuleSyntax: false,
      typeRoots: [join(root, "node_modules/@types")],
    },
    files: [...scratches.values()].flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))),
  };
  writeFileSync(join(scratch, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules/typescript-7/bin/tsc");
  const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", scratch, "--pretty", "false"], {
    encoding: "utf8",
    cwd: root,
  });
  rmSync(scratch, { recursive: true });
  const problems = [];
  for (const [, path, line, code, message] of stdout.matchAll(/^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/gm)) {
    if (UNDECLARED.has(code)) continue;
    // A file beside it, which a document does not show.
    if (code === "TS2307" && /'[.]{1,2}[/]/.test(message)) continue;
    const file = join(root, relative(root, join(root, path)));
    const block = written.get(path) ?? written.get(file);
    const where = block === undefined ? path : `${block.page}:${block.line + Number(line) - 2}`;
    problems.push(`${where}: ${message} (${code})`);
  }
  if (status !== 0 && stdout.trim() === "") problems.push("the compiler failed without a word");
  return problems;
}
