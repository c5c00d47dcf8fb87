/**
 * Writes `docs/reference/` from the types: every option of the public interfaces with its type, meaning and default, and
 * every reason for which a record is dropped. `tsx scripts/reference.ts --check` only compares, and ends non-zero when
 * the documents differ from the types or an option has no sentence.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { DROP_REASON_TEXTS } from "@everspan/protocol";
import ts from "typescript";

const ENTRY = "packages/sdk/src/index.ts";
const PROCESSORS = "packages/sdk/src/processors/index.ts";

const program = ts.createProgram([ENTRY, PROCESSORS], {
  ...ts.parseJsonConfigFileContent(ts.readConfigFile("tsconfig.base.json", ts.sys.readFile).config, ts.sys, ".")
    .options,
});
const checker = program.getTypeChecker();
const problems: string[] = [];

const documents: Record<string, string> = {
  "docs/reference/options.md": optionsDocument(),
  "docs/reference/drop-reasons.md": reasonsDocument(),
};

if (process.argv.includes("--check")) {
  for (const [path, text] of Object.entries(documents)) {
    if (readOrEmpty(path) !== text)
      problems.push(`${path} is not what the types say: run npx tsx scripts/reference.ts`);
  }
} else {
  mkdirSync("docs/reference", { recursive: true });
  for (const [path, text] of Object.entries(documents)) writeFileSync(path, text);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`reference: ${Object.keys(documents).join(", ")}`);

function optionsDocument(): string {
  const sections = [ENTRY, PROCESSORS]
    .flatMap(exportsOf)
    .filter((symbol) => symbol.name.endsWith("Options"))
    .sort((a, b) => order(a.name) - order(b.name) || a.name.localeCompare(b.name))
    .map(optionsSection);
  return [
    "# Options",
    "",
    "Written by `scripts/reference.ts` from the types. A bad option is refused by the constructor with an `EverspanError`",
    "that says what was expected and what came. A question mark: may be left out.",
    "",
    ...sections,
  ].join("\n");
}

/** The tracer first, then what its options hold, then exporters. */
function order(name: string): number {
  const first = [
    "TracerOptions",
    "QueueOptions",
    "BatchOptions",
    "DeliveryOptions",
    "SpoolOptions",
    "OpenSpansOptions",
    "TailSamplingOptions",
  ];
  const at = first.indexOf(name);
  return at < 0 ? first.length : at;
}

function optionsSection(symbol: ts.Symbol): string {
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const rows = type.getProperties().map((property) => {
    const declaration = property.valueDeclaration ?? property.declarations?.[0];
    const meaning = sentence(property);
    if (meaning === "") problems.push(`${symbol.name}.${property.name} has no sentence`);
    const optional = (property.flags & ts.SymbolFlags.Optional) !== 0 ? "?" : "";
    const shown =
      declaration !== undefined && ts.isPropertySignature(declaration) ? declaration.type?.getText() : undefined;
    const text = shown ?? checker.typeToString(checker.getTypeOfSymbol(property));
    return `| \`${property.name}${optional}\` | \`${cell(text)}\` | ${cell(meaning)} |`;
  });
  const about = sentence(symbol);
  return [
    `## ${symbol.name}`,
    "",
    ...(about === "" ? [] : [about, ""]),
    "| option | type | meaning |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function reasonsDocument(): string {
  const rows = Object.entries(DROP_REASON_TEXTS).map(
    ([reason, { means, remedy }]) => `| \`${reason}\` | ${cell(means)} | ${cell(remedy)} |`,
  );
  return [
    "# Why a record is dropped",
    "",
    "Written by `scripts/reference.ts` from the types. Each lane counts its drops by reason in `tracer.stats()`, and a",
    "warning names a reason at most once a minute. The list is closed: no record can be lost without one of these.",
    "",
    "| reason | means | what to do |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function exportsOf(path: string): ts.Symbol[] {
  const module = checker.getSymbolAtLocation(program.getSourceFile(path)!)!;
  return checker
    .getExportsOfModule(module)
    .map((symbol) => ((symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol));
}

function sentence(symbol: ts.Symbol): string {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).replaceAll(/\s+/g, " ").trim();
}

function cell(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
