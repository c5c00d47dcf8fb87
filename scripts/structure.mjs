/**
 * The house rules that a picture of the imports can hold: no circle of imports within a package, types included; no
 * source file over 400 lines and no function over 60 without a reason, which stands in a comment that begins `Length:`
 * at the file's head (for a file) or in the comment right over the function (for a function).
 * `node scripts/structure.mjs` ends non-zero when one is broken.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 60;
const REASON = /\bLength: \S/;
const TESTS = /\.(test|fixture|contract|d)\.tsx?$|\/testing\//;

const sources = execFileSync(
  "git",
  ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ":(glob)packages/*/src/**"],
  {
    encoding: "utf8",
  },
)
  .split("\0")
  .filter((name) => /\.tsx?$/.test(name) && !TESTS.test(name) && existsSync(name));

const problems = [];
const imports = new Map();
for (const file of new Set(sources)) {
  const text = readFileSync(file, "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  imports.set(file, importsOf(source, file));
  checkLengths(source, file, text);
}
for (const circle of circlesOf(imports)) problems.push(`circle of imports: ${circle.join(" -> ")}`);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(
  `structure: ${sources.length} files, no circle of imports, no file or function too long without its reason`,
);

/** The files of the repository that a file imports, for values or types. */
function importsOf(source, file) {
  const found = [];
  const add = (specifier) => {
    if (specifier.startsWith(".")) found.push(join(dirname(file), specifier));
  };
  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      add(node.moduleSpecifier.text);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal.text);
    // What a function loads when it is called comes after all modules of its circle: no order is missing there.
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function checkLengths(source, file, text) {
  const lines = text.split("\n").length - 1;
  if (lines > MAX_FILE_LINES && !REASON.test(head(text)))
    problems.push(`${file}: ${lines} lines, at most ${MAX_FILE_LINES}`);
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body !== undefined) {
      const length = lineOf(source, node.getEnd()) - lineOf(source, node.getStart()) + 1;
      const over = text.slice(node.getFullStart(), node.getStart());
      if (length > MAX_FUNCTION_LINES && !REASON.test(over) && !holdsOnlyFunctions(node)) {
        const name = node.name?.getText() ?? node.parent?.name?.getText() ?? "a function";
        problems.push(
          `${file}:${lineOf(source, node.getStart()) + 1}: ${name} has ${length} lines, at most ${MAX_FUNCTION_LINES}`,
        );
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/** A factory whose body declares functions is as long as they are; each of them is counted by itself. */
function holdsOnlyFunctions(node) {
  if (!ts.isBlock(node.body)) return false;
  const inner = node.body.statements.filter((statement) => ts.isFunctionDeclaration(statement));
  const innerLines = inner.reduce((sum, statement) => sum + statement.getText().split("\n").length, 0);
  return node.body.getText().split("\n").length - innerLines <= MAX_FUNCTION_LINES;
}

function lineOf(source, position) {
  return source.getLineAndCharacterOfPosition(position).line;
}

/** All comments before the first statement that is no import. */
function head(text) {
  return text.split("\n").slice(0, 60).join("\n");
}

/** Strongly connected parts of more than one file (Tarjan). */
function circlesOf(graph) {
  const circles = [];
  const index = new Map();
  const low = new Map();
  const stack = [];
  const visit = (file) => {
    index.set(file, index.size);
    low.set(file, index.get(file));
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!graph.has(target)) continue;
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) low.set(file, Math.min(low.get(file), low.get(target)));
    }
    if (low.get(file) !== index.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) circles.push(circle);
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return circles;
}
