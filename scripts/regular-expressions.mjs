/**
 * Every regular expression of the packages takes time in proportion to its input: each literal, and each text that `RegExp`
 * is called with, is analysed (`scslre`) for parts that can match the same characters in more than one way, or from more
 * than one place. What is found is mended, or allowed below by what bounds its input.
 *
 *   node scripts/regular-expressions.mjs [--list]
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { analyse } from "scslre";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));

/** `file: expression` to what bounds its input. One that is no longer there, or no longer found, fails the check. */
const ALLOWED = new Map([
  ["packages/protocol/src/dialects/otlp/otlp-ids.ts: /^[0-9a-f]*[1-9a-f][0-9a-f]*$/", "ids of 16 or 32 characters"],
  ["packages/protocol/src/dialects/otlp/trace-state.ts: /^[ \\t]+|[ \\t]+$/g", "MAX_READ_CHARACTERS"],
  ["packages/sdk/src/transport/endpoint.ts: /\\/+$/", "an address that the program itself gives"],
  [
    "packages/sdk/src/transport/proxy.ts: /^(\\[[^\\]]*\\]|[^:]*|[0-9a-f:]*:[0-9a-f:]*)(?::(\\d+))?$/",
    "NO_PROXY, of the process's own environment",
  ],
]);

const isListed = process.argv.includes("--list");
const problems = [];
const used = new Set();
let count = 0;
for (const file of sourceFiles()) {
  for (const { source, flags, line } of expressionsOf(file)) {
    count += 1;
    const text = `/${source}/${flags}`;
    if (isListed) console.log(`${file}:${line} ${text}`);
    const { reports } = analyse({ source, flags });
    if (reports.length === 0) continue;
    const name = `${file}: ${text}`;
    if (ALLOWED.has(name)) used.add(name);
    else problems.push(`${file}:${line} ${text} takes more than its input's length: repeat ${repeated(reports[0])}`);
  }
}
for (const name of ALLOWED.keys()) if (!used.has(name)) problems.push(`allowed, but not found: ${name}`);
for (const problem of problems) console.error(problem);
console.log(`expressions: ${count}, ${used.size} of them allowed by the bound of their input`);
process.exitCode = problems.length === 0 ? 0 : 1;

function sourceFiles() {
  const paths = ["--cached", "--others", "--exclude-standard", ":(glob)packages/*/src/**"];
  const listed = execFileSync("git", ["ls-files", "-z", ...paths], { cwd: root })
    .toString()
    .split("\0");
  // A program of a test meets no stranger's text.
  return [...new Set(listed)].filter(
    (file) =>
      /\.tsx?$/.test(file) && !/\.(?:test|fixture|contract|process)\.tsx?$|\/(?:testing|testkit|golden)\//.test(file),
  );
}

function expressionsOf(file) {
  const tree = ts.createSourceFile(file, readFileSync(`${root}${file}`, "utf8"), ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (node, source, flags) =>
    found.push({ source, flags, line: tree.getLineAndCharacterOfPosition(node.getStart()).line + 1 });
  const visit = (node) => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      add(node, node.text.slice(1, end), node.text.slice(end + 1));
    } else if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === "RegExp") {
      const [source, flags] = node.arguments ?? [];
      if (source !== undefined) add(node, patternOf(source, file), flags === undefined ? "" : textOf(flags));
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** What is put together of parts is looked at with a word in the place of each. */
function patternOf(node, file) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map((span) => `word${span.literal.text}`).join("");
  }
  if (ts.isPropertyAccessExpression(node) && node.name.text === "source") return "word";
  throw new Error(`${file}: RegExp must be given a text that can be read here, got ${node.getText()}`);
}

function textOf(node) {
  return ts.isStringLiteralLike(node) ? node.text : "";
}

function repeated({ character }) {
  return JSON.stringify(character.pick);
}
