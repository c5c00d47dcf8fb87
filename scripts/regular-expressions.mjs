/**
 * Every regular expression of the packages, tried on long hostile input: none may take more than time in proportion to it.
 * Inputs are made of each expression itself: what its parts match, repeated, behind what comes before and in front of what
 * can't match. Of 100,000 characters one that takes their square needs seconds, one that is linear milliseconds.
 *
 *   node scripts/regular-expressions.mjs [--list] [file…]
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runInNewContext } from "node:vm";
import { RegExpParser, visitRegExpAST } from "@eslint-community/regexpp";
import { analyse } from "scslre";
import ts from "typescript";

const LENGTH = 100_000;
/** Far more than linear time takes on a loaded machine, and a fraction of what the square takes. */
const LIMIT_MS = 1_000;
/** Asked once more with as much, since a loaded machine may stop anything for a second. */
const PATIENT_LIMIT_MS = 4_000;
const MAX_PUMPS = 24;

/** Expressions that take more, and the bound on what they see. `file: source` to the reason. */
const ALLOWED = new Map([]);

const { values, positionals } = parseArgs({ options: { list: { type: "boolean" } }, allowPositionals: true });
const files = positionals.length > 0 ? positionals : sourceFiles();
let count = 0;
const problems = [];
const used = new Set();
for (const file of files) {
  for (const { source, flags, line } of expressionsOf(file)) {
    count += 1;
    if (values.list) console.log(`${file}:${line} /${source}/${flags}`);
    const name = `${file}: ${source}`;
    if (ALLOWED.has(name)) used.add(name);
    else {
      const attack = slowInput(source, flags);
      if (attack !== undefined) problems.push(`${file}:${line} /${source}/${flags} is not linear on ${attack}`);
    }
  }
}
if (positionals.length === 0) {
  for (const name of ALLOWED.keys()) if (!used.has(name)) problems.push(`no longer there, but allowed: ${name}`);
}
for (const problem of problems) console.error(problem);
console.log(`${count} regular expressions, ${problems.length} problems, ${ALLOWED.size} allowed with a reason`);
process.exitCode = problems.length === 0 ? 0 : 1;

function sourceFiles() {
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "packages/*/src"]);
  return [...new Set(list.toString().split("\0"))].filter(
    (file) => /\.tsx?$/.test(file) && !/\.(test|fixture|contract|process)\.tsx?$|\/testing\/|\/testkit\//.test(file),
  );
}

/** Literals, and `RegExp` called with a text. */
function expressionsOf(file) {
  const text = readFileSync(file, "utf8");
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (node, source, flags) =>
    found.push({ source, flags, line: tree.getLineAndCharacterOfPosition(node.getStart()).line + 1 });
  const visit = (node) => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      add(node, node.text.slice(1, end), node.text.slice(end + 1));
    } else if (
      (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === "RegExp"
    ) {
      const [source, flags] = node.arguments ?? [];
      // What is put together of parts is tried with a word in the place of each.
      const pattern = source === undefined ? undefined : patternOf(source);
      if (pattern !== undefined) add(node, pattern, flags && ts.isStringLiteralLike(flags) ? flags.text : "");
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function patternOf(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map((span) => `word${span.literal.text}`).join("");
}

/** @returns a description of the first input that takes too long */
function slowInput(source, flags) {
  const expression = new RegExp(source, flags.replace(/[gy]/g, ""));
  for (const { prefix, pump } of attacks(source, flags)) {
    const body = pump.repeat(Math.ceil(LENGTH / pump.length));
    for (const suffix of ["\u0000", "\n!", ""]) {
      const input = prefix + body + suffix;
      if (takesLong(expression, input, LIMIT_MS) && takesLong(expression, input, PATIENT_LIMIT_MS)) {
        return `${JSON.stringify(prefix.slice(0, 40))} + ${JSON.stringify(pump)} x n + ${JSON.stringify(suffix)}`;
      }
    }
  }
  return undefined;
}

function takesLong(expression, input, timeout) {
  try {
    runInNewContext("expression.test(input)", { expression, input }, { timeout });
    return false;
  } catch (error) {
    if (error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return true;
    throw error;
  }
}

/** Prefixes and what to repeat behind them. */
function* attacks(source, flags) {
  const tree = new RegExpParser().parseLiteral(`/${source || "(?:)"}/${flags}`);
  const pumps = new Set();
  for (const report of reportsOf(tree)) pumps.add(String.fromCodePoint(report));
  const sampled = [];
  visitRegExpAST(tree.pattern, {
    onQuantifierEnter(node) {
      if (node.max > 8) sampled.push(sampleOf(node.element), sampleOf(node.element, 1));
    },
    onGroupEnter: (node) => void sampled.push(sampleOf(node)),
    onCapturingGroupEnter: (node) => void sampled.push(sampleOf(node)),
    onCharacterSetEnter: (node) => void sampled.push(sampleOf(node)),
    onCharacterClassEnter: (node) => void sampled.push(sampleOf(node)),
    onCharacterEnter: (node) => void sampled.push(sampleOf(node)),
  });
  for (const sample of sampled) if (sample !== "") pumps.add(sample);
  const single = [...pumps].slice(0, MAX_PUMPS);
  const pairs = single.slice(0, 4).flatMap((a) => single.slice(0, 4).map((b) => a + b));
  const whole = sampleOf(tree.pattern);
  for (const pump of new Set([...single, ...pairs, whole || "a"])) {
    yield { prefix: "", pump };
    yield { prefix: whole, pump };
    // All beginnings of what it matches: the part behind them is then where the repetition stands.
    for (const prefix of prefixesOf(tree.pattern)) yield { prefix, pump };
  }
}

/** The code points that an analysis of the expression gives for repetition. */
function reportsOf(tree) {
  try {
    return analyse(tree, { reportTypes: { Move: true, Self: true, Trade: true } }).reports.map(
      ({ character }) => character.pick ?? firstOf(character.literal),
    );
  } catch {
    return [];
  }
}

function firstOf({ source, flags }) {
  const expression = new RegExp(source, flags.replace(/[gy]/g, ""));
  for (let code = 0; code < 0x3000; code++) if (expression.test(String.fromCodePoint(code))) return code;
  return 0x61;
}

/** Samples of the alternatives' first elements, up to each unbounded quantifier. */
function prefixesOf(pattern) {
  const prefixes = new Set();
  for (const { elements } of pattern.alternatives) {
    let prefix = "";
    for (const element of elements.slice(0, 6)) {
      prefix += sampleOf(element);
      prefixes.add(prefix);
    }
  }
  prefixes.delete("");
  return [...prefixes].slice(0, 4);
}

/** A text that the node matches, or nothing where only looking around is. @param choice of alternatives and characters */
function sampleOf(node, choice = 0) {
  switch (node.type) {
    case "Pattern":
    case "Group":
    case "CapturingGroup":
      return sampleOf(node.alternatives[choice % node.alternatives.length], choice);
    case "Alternative":
      return node.elements.map((element) => sampleOf(element, choice)).join("");
    case "Quantifier":
      return sampleOf(node.element, choice).repeat(Math.min(Math.max(node.min, 1), 4));
    case "Character":
      return String.fromCodePoint(node.value);
    case "CharacterSet":
    case "CharacterClass":
    case "ExpressionCharacterClass":
      return sampleOfSet(node.raw, choice);
    default:
      return "";
  }
}

const CANDIDATES = ["a", "0", " ", ".", "\\", '"', "/", "-", "_", "[", "<", "\n", "\u0001", "é", "中", "\ud800"];

function sampleOfSet(raw, choice) {
  const expression = new RegExp(`^${raw}$`, /\\p/i.test(raw) ? "u" : "s");
  const known = CANDIDATES.filter((candidate) => expression.test(candidate));
  if (known.length > 0) return known[choice % known.length];
  for (let code = 0; code < 0x3000; code++) {
    if (expression.test(String.fromCodePoint(code))) return String.fromCodePoint(code);
  }
  return "";
}
