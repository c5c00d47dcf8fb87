/**
 * The API reference: a page for each entry of the SDK, from its types and their comments, by typedoc from `api-reference/` with
 * its own lock. `npm run docs:api` writes them to `api-reference/pages`; the site of the documents takes them in when they
 * are there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { EVERYWHERE, NODE_ONLY } from "../packages/sdk/entries.ts";

const FOLDER = fileURLToPath(new URL("../api-reference", import.meta.url));
const PAGES = join(FOLDER, "pages");
const SDK = fileURLToPath(new URL("../packages/sdk", import.meta.url));
/** Errors of types are told by `npm run check`; what is private is nobody's; sources are not served. */
const OPTIONS = [
  ["--plugin", "typedoc-plugin-markdown"],
  ["--outputFileStrategy", "modules"],
  ["--tsconfig", "tsconfig.json"],
  ["--readme", "none"],
  ["--logLevel", "Error"],
  ["--skipErrorChecking", "--excludeInternal", "--excludePrivate", "--disableSources"],
  ["--hideBreadcrumbs", "--hidePageHeader"],
].flat();

if (!existsSync(join(FOLDER, "node_modules/typedoc"))) {
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: FOLDER, stdio: "inherit" });
}
const entries = Object.entries({ ...EVERYWHERE, ...NODE_ONLY });
const written = mkdtempSync(join(tmpdir(), "everspan-api-"));
const entryPoints = entries.flatMap(([, file]) => ["--entryPoints", join(SDK, file)]);
const typedoc = join(FOLDER, "node_modules/typedoc/bin/typedoc");
execFileSync(process.execPath, [typedoc, ...OPTIONS, "--out", written, ...entryPoints], {
  cwd: FOLDER,
  stdio: "inherit",
});

const pages = new Map(
  entries.map(([name, file]) => {
    const path = file.replace(/^src\//, "").replace(/(?:\/index|(?<=^index))\.ts$/, ".md");
    const title = name === "index" ? "everspan" : `everspan/${name}`;
    return [path, readFileSync(join(written, path), "utf8").replace(/^# .*$/m, `# ${title}`)];
  }),
);
rmSync(PAGES, { recursive: true, force: true });
for (const [path, text] of pages) {
  mkdirSync(dirname(join(PAGES, path)), { recursive: true });
  writeFileSync(join(PAGES, path), withExistingAnchors(path, text));
}
rmSync(written, { recursive: true });
console.log(`api reference: ${entries.length} pages`);

/** A name that is exported twice is counted twice, and stands on its page once. */
function withExistingAnchors(path: string, text: string): string {
  return text.replace(/\]\(([^)#]*)#([\w-]+?)-(\d+)\)/g, (all, link: string, anchor: string, count: string) => {
    const target = link === "" ? text : pages.get(posix.normalize(posix.join(posix.dirname(path), link)));
    const headings = target?.match(/^#+ .*$/gm) ?? [];
    const same = headings.filter((heading) => slugOf(heading) === anchor);
    return same.length > Number(count) ? all : `](${link}#${anchor})`;
  });
}

function slugOf(heading: string): string {
  const text = heading.replace(/^#+ /, "").toLowerCase();
  return text.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
}
