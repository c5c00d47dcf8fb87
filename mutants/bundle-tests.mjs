/** Bundles a room's test files and the (mutated) sources under them, so that they can be loaded without a loader. */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const TEST_API = fileURLToPath(new URL("./test-api.mjs", import.meta.url));

/** Writes one module for each test file under `folder`, and gives their paths in the order of `files`. */
export async function bundleTests(files, folder) {
  const { paths } = JSON.parse(readFileSync("tsconfig.base.json", "utf8")).compilerOptions;
  const { metafile } = await build({
    entryPoints: files,
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    outExtension: { ".js": ".mjs" },
    sourcemap: false,
    metafile: true,
    logLevel: "silent",
    absWorkingDir: process.cwd(),
    plugins: [{ name: "everspan", setup: (hooks) => setUp(hooks, paths) }],
  });
  const written = new Map(
    Object.entries(metafile.outputs).map(([path, { entryPoint }]) => [entryPoint, resolve(path)]),
  );
  return files.map((file) => written.get(file));
}

function setUp(hooks, paths) {
  hooks.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
    if (kind === "entry-point") return undefined;
    if (path === "vitest") return { path: pathToFileURL(TEST_API).href, external: true };
    const source = paths[path]?.[0] ?? workspaceSource(path);
    return source ? { path: resolve(source) } : { path, external: true };
  });
  hooks.onLoad({ filter: /packages\/.*\.tsx?$/ }, ({ path }) => {
    // A bundle stands elsewhere than the source: what a source says of its own place is written out.
    const contents = readFileSync(path, "utf8")
      .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
      .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)))
      .replaceAll("import.meta.filename", JSON.stringify(path));
    return { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
  });
}

/** The source of a package of this repository: its link in `node_modules` leads out of the sandbox. */
function workspaceSource(path) {
  const [, name, entry = ""] = /^@everspan\/([\w-]+)(?:\/(.+))?$/.exec(path) ?? [];
  if (!name) return undefined;
  const { exports } = JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));
  const target = exports[entry ? `./${entry}` : "."];
  return join(`packages/${name}`, typeof target === "string" ? target : (target.import ?? target.default));
}
