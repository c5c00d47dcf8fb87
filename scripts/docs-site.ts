/**
 * The documents for users as pages: what the collector serves under `/docs`. No script, no request to anywhere else, light
 * and dark as the reader's system is. `tsx scripts/docs-site.ts FOLDER` writes them; `--check` only looks for links that lead
 * nowhere, and ends non-zero when there is one.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";

const DOCS = fileURLToPath(new URL("../docs", import.meta.url));
/** Pages of the API reference, where `npm run docs:api` has written them; their paths begin with `api/`. */
const API = fileURLToPath(new URL("../api-reference/pages", import.meta.url));
/** Where the collector serves them. */
const BASE = "/docs/";
/** The order of the first; what stands in a folder comes under its heading. */
const SECTIONS: readonly { readonly title: string; readonly pages: readonly string[] | string }[] = [
  { title: "Begin", pages: ["concepts.md", "viewer.md", "testing.md", "words.md"] },
  { title: "Trace what you have", pages: "integrations" },
  { title: "Come from elsewhere", pages: "migrating" },
  {
    title: "In production",
    pages: ["production.md", "redaction.md", "sampling.md", "sending.md", "operations.md", "scale.md", "upgrading.md"],
  },
  { title: "Reference", pages: "reference" },
  { title: "Promises", pages: ["guarantees.md", "errors.md", "benchmarks.md"] },
  { title: "Formats", pages: "formats" },
];

interface Page {
  readonly path: string;
  readonly title: string;
  readonly html: string;
  readonly anchors: ReadonlySet<string>;
}

/** Writes the site over whatever is in the folder. @throws Error that names every link that leads nowhere */
export function writeSite(folder: string): number {
  const { files, images } = renderSite();
  rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  for (const image of images) cpSync(join(DOCS, image), join(folder, image));
  return files.size;
}

/** @throws Error that names every link that leads nowhere */
function renderSite(): { files: Map<string, string>; images: ReadonlySet<string> } {
  const sections = SECTIONS.map(({ title, pages }) => ({
    title,
    pages: (typeof pages === "string" ? pagesIn(pages) : pages).map(readPage),
  }));
  if (existsSync(API)) sections.push({ title: "API", pages: readApi() });
  const pages = new Map(sections.flatMap((section) => section.pages).map((page) => [page.path, page]));
  const images = new Set<string>();
  const broken: string[] = [];
  const menu = sections
    .map(({ title, pages }) => `<h2>${title}</h2>\n<ul>${pages.map(menuItem).join("")}</ul>`)
    .join("\n");
  const files = new Map<string, string>([
    ["site.css", readFileSync(new URL("./docs-site.css", import.meta.url), "utf8")],
  ]);
  for (const page of pages.values()) {
    const linked = withLinks(page, pages, images, (link) => broken.push(`docs/${page.path}: ${link}`));
    files.set(fileOf(page.path), document(page.title, menu, linked, page.path));
  }
  const beginning = withLinks(readBeginning(), pages, images, (link) => broken.push(`README.md: ${link}`));
  files.set("index.html", document("Documents", menu, beginning, "index.md"));
  if (broken.length > 0) throw new Error(`links that lead nowhere:\n${broken.join("\n")}`);
  return { files, images };
}

function pagesIn(folder: string): string[] {
  return readdirSync(join(DOCS, folder))
    .filter((name) => name.endsWith(".md"))
    .toSorted()
    .map((name) => `${folder}/${name}`);
}

function readApi(): Page[] {
  const paths = readdirSync(API, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".md"));
  return paths
    .map((path) => renderPage(`api/${path.replaceAll("\\", "/")}`, readFileSync(join(API, path), "utf8")))
    .toSorted((one, other) => (one.title < other.title ? -1 : 1));
}

function readPage(path: string): Page {
  return renderPage(path, readFileSync(join(DOCS, path), "utf8"));
}

/** What the README says before its second heading: what this is, and how to see a run. */
function readBeginning(): Page {
  const text = readFileSync(join(DOCS, "../README.md"), "utf8");
  const [head = "", ...parts] = text.replace(/^<picture>[\s\S]*?^<\/picture>$/m, "").split(/^## /m);
  return renderPage("index.md", `${head}## ${parts[0] ?? ""}`.replaceAll("](docs/", "]("));
}

function renderPage(path: string, source: string): Page {
  // Comments are for who writes; markup of their own the documents have none.
  const text = source.replace(/^<!--[\s\S]*?-->$/gm, "");
  const anchors = new Set<string>();
  const html = micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()] }).replace(
    /<h([1-6])>([\s\S]*?)<\/h\1>/g,
    (_all, level: string, inner: string) => {
      const anchor = anchorOf(inner, anchors);
      anchors.add(anchor);
      return `<h${level} id="${anchor}">${inner}</h${level}>`;
    },
  );
  const title = /<h1[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1]?.replace(/<[^>]+>/g, "");
  if (title === undefined) throw new Error(`docs/${path} has no title`);
  return {
    path,
    title,
    html: html.replace(/<table>/g, '<div class="wide"><table>').replace(/<\/table>/g, "</table></div>"),
    anchors,
  };
}

/** As GitHub names a heading, so that one link does for both. */
function anchorOf(heading: string, taken: ReadonlySet<string>): string {
  const text = heading.replace(/<[^>]+>/g, "").replace(/&\w+;/g, "");
  const anchor = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
  for (let count = 0; ; count += 1) {
    const candidate = count === 0 ? anchor : `${anchor}-${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

const fileOf = (path: string) => path.replace(/\.md$/, ".html");
const menuItem = ({ path, title }: Page) => `<li><a href="${BASE}${fileOf(path)}">${title}</a></li>`;

/** A link into the repository, which a reader of the site does not have, is its text. */
function withLinks(
  page: Page,
  pages: ReadonlyMap<string, Page>,
  images: Set<string>,
  broken: (link: string) => void,
): string {
  const from = posix.dirname(page.path);
  const local = page.html.replace(/<img src="([^"]+)"/g, (_all, source: string) => {
    const path = posix.normalize(posix.join(from, source));
    images.add(path);
    return `<img src="${BASE}${path}"`;
  });
  return local.replace(/<a href="([^"]*)">([\s\S]*?)<\/a>/g, (all, link: string, inner: string) => {
    if (/^(https?|mailto):/.test(link)) return all;
    const [target = "", anchor] = link.split("#");
    const path = target === "" ? page.path : posix.normalize(posix.join(from, target));
    const found = pages.get(path);
    if (found === undefined) {
      if (path.endsWith(".md") && !/^(\.\.|adr|contributing)\//.test(path)) broken(link);
      return inner;
    }
    if (anchor !== undefined && !found.anchors.has(anchor)) broken(link);
    return `<a href="${BASE}${fileOf(path)}${anchor === undefined ? "" : `#${anchor}`}">${inner}</a>`;
  });
}

function document(title: string, menu: string, body: string, path: string): string {
  const here = menu.replace(`href="${BASE}${fileOf(path)}"`, (link) => `${link} aria-current="page"`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Everspan</title>
<link rel="stylesheet" href="${BASE}site.css">
</head>
<body>
<a class="skip" href="#text">To the text</a>
<header><a href="${BASE}">Everspan documents</a> <a href="/">Runs</a></header>
<div class="columns">
<nav aria-label="Documents">${here}</nav>
<main id="text">${body}</main>
</div>
</body>
</html>
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error("expected a folder to write to, or --check");
  const count = folder === "--check" ? renderSite().files.size : writeSite(folder);
  console.log(`documents: ${count} files, every link leads somewhere`);
}
