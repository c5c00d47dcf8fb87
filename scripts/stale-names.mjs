/**
 * Names in the backticks of comments exist: a comment that speaks of what has been renamed or removed misleads. A name
 * counts as existing when it stands in any code of the repository (not only in comments), is a file's name, a word of
 * the platform (`globalThis`, Node's modules, the language's own library), or is listed with a reason below.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename } from "node:path";
import ts from "typescript";

/** Not names of this code base: what others write on the wire, in files or in environments. */
const FOREIGN = new Set([
  // Messages and fields of OpenTelemetry's protocol, and a function of its API.
  "AnyValue",
  "ExportTraceServiceResponse",
  "partial_success",
  "createContextKey",
  "google.rpc.Status",
  "google.rpc.Code",
  // What senders, providers and frameworks call things.
  "MiddlewareConsumer",
  "ExecutionContext",
  "CallHandler",
  "DynamicModule",
  "NotFoundException",
  "enableShutdownHooks",
  "usageDetails",
  "costDetails",
  "session_name",
  "web_search_tool_result",
  "code_execution_tool_result",
  "registerTelemetry",
  "registerConfigureHook",
  "addTraceProcessor",
  "NextResponse",
  "withRawResponse",
]);

const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
});
const files = [...new Set(list.split("\0").filter(Boolean))];
const code = files.filter((name) => /\.(ts|tsx|mjs|cjs|js)$/.test(name));

const known = new Set(builtinModules.flatMap((name) => name.split("/")));
for (const name of files) {
  for (const part of name.split("/")) known.add(part);
  known.add(basename(name).replace(/(\.test|\.contract|\.fixture)?\.\w+$/, ""));
}
const comments = [];
for (const name of code) {
  const text = read(name);
  if (text === undefined) continue;
  const { words, remarks } = split(text, name);
  for (const word of words) known.add(word);
  if (/^packages\/[^/]+\/src\//.test(name) || name.startsWith("scripts/")) comments.push(...remarks);
}
for (const name of files.filter(
  (file) => /\.(json|sql|css|html|md|yml|sh)$/.test(file) && file !== "package-lock.json",
)) {
  for (const word of (read(name) ?? "").match(/[A-Za-z_$][\w$]*/g) ?? []) if (!/\.md$/.test(name)) known.add(word);
}
for (const lib of ["lib.es2023.full.d.ts"]) addLibrary(lib);

let found = 0;
for (const { file, line, name } of comments) {
  const parts = name.replaceAll(/\(\)/g, "").split(/[.#]/).filter(Boolean);
  if (parts.length === 0 || FOREIGN.has(name) || parts.every((part) => known.has(part) || FOREIGN.has(part))) continue;
  // The end of a family of environment variables, named once in full beside it.
  if (/^_[A-Z_]+$/.test(name) && [...known].some((word) => word.endsWith(name))) continue;
  found += 1;
  console.error(`${file}:${line}: \`${name}\` exists nowhere in the code`);
}
if (found > 0) process.exit(1);
console.log("stale names: every name in a comment's backticks exists");

function read(name) {
  try {
    return readFileSync(name, "utf8");
  } catch {
    return undefined;
  }
}

/** The words of the code (strings included) and the backticked names of the comments. */
function split(text, file) {
  const words = new Set();
  const remarks = [];
  const taken = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const seen = new Set();
  const visit = (node) => {
    for (const range of [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ]) {
      if (seen.has(range.pos)) continue;
      seen.add(range.pos);
      taken.push(range);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const range of ts.getLeadingCommentRanges(text, source.endOfFileToken.getFullStart()) ?? []) taken.push(range);
  let bare = text;
  for (const { pos, end } of taken) {
    const comment = text.slice(pos, end);
    bare = bare.slice(0, pos) + " ".repeat(end - pos) + bare.slice(end);
    for (const match of comment.matchAll(/`(#?[A-Za-z_$][\w$]*(?:[.#][A-Za-z_$][\w$]*)*(?:\(\))?)`/g)) {
      const line = text.slice(0, pos + match.index).split("\n").length;
      remarks.push({ file, line, name: match[1] });
    }
  }
  for (const word of bare.match(/[A-Za-z_$][\w$]*/g) ?? []) words.add(word);
  return { words, remarks };
}

function addLibrary(name, seen = new Set()) {
  if (seen.has(name)) return;
  seen.add(name);
  const text = read(`node_modules/typescript/lib/${name}`);
  if (text === undefined) return;
  for (const word of text.match(/[A-Za-z_$][\w$]*/g) ?? []) known.add(word);
  for (const [, reference] of text.matchAll(/<reference lib="([^"]+)"/g)) addLibrary(`lib.${reference}.d.ts`, seen);
}
