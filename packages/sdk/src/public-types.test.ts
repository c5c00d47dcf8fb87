/** Whatever a public option, result or callback is made of can be imported by name from the entry, or the main one. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const sdk = fileURLToPath(new URL("..", import.meta.url));
const main = resolve(sdk, "src/index.ts");
const entries = [...readFileSync(resolve(sdk, "entries.ts"), "utf8").matchAll(/: "(src\/[^"]+)",/g)]
  .map(([, path]) => resolve(sdk, path!))
  .toSorted();

const program = ts.createProgram(entries, {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.NodeNext,
  allowImportingTsExtensions: true,
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  types: ["node"],
});
const checker = program.getTypeChecker();

/** The declarations behind an entry's exports. */
function exportsOf(entry: string): ts.Symbol[] {
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
  return checker.getExportsOfModule(module).map(resolved);
}

function resolved(symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

const isOurs = (symbol: ts.Symbol) =>
  (symbol.declarations ?? []).some((node) => {
    const { fileName } = node.getSourceFile();
    return (
      !fileName.includes("node_modules") && fileName.includes("/packages/") && !ts.isTypeParameterDeclaration(node)
    );
  });

/** Names that a reader of the declaration meets and can't import: its public members, without bodies. */
function unnamed(symbol: ts.Symbol, named: ReadonlySet<ts.Symbol>): string[] {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (isHidden(node)) return;
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const name = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
      const used = checker.getSymbolAtLocation(name);
      const isBase = ts.isExpressionWithTypeArguments(node);
      if (used !== undefined && !isBase && isOurs(resolved(used)) && !named.has(resolved(used))) {
        found.add(`${symbol.name}: ${name.getText()}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const declaration of symbol.declarations ?? []) visit(declaration);
  return [...found];
}

function isHidden(node: ts.Node): boolean {
  if (ts.isBlock(node) || ts.isVariableDeclaration(node)) return true;
  if (ts.getJSDocTags(node).some((tag) => tag.tagName.text === "internal")) return true;
  if (ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name)) return true;
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword)) {
    return true;
  }
  // What a value is initialised with is not what a user names.
  return ts.isPropertyDeclaration(node) && node.type === undefined;
}

/** Optional members that can't be given as undefined where `exactOptionalPropertyTypes` is set. */
function refusingUndefined(symbol: ts.Symbol): string[] {
  const members = (symbol.declarations ?? []).filter(ts.isInterfaceDeclaration).flatMap(({ members }) => [...members]);
  return members
    .filter(
      (member) => ts.isPropertySignature(member) && member.questionToken !== undefined && member.type !== undefined,
    )
    .filter((member) => !takesUndefined(checker.getTypeFromTypeNode((member as ts.PropertySignature).type!)))
    .map((member) => `${symbol.name}.${member.name?.getText()}`);
}

function takesUndefined(type: ts.Type): boolean {
  const parts = type.isUnion() ? type.types : [type];
  return parts.some(({ flags }) => flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Any | ts.TypeFlags.Unknown));
}

const NAMED_ENTRIES = entries.map((entry) => [entry.slice(dirname(main).length + 1), entry] as const);

test.each(NAMED_ENTRIES)("an option of %s may be a variable that is not set", (_name, entry) => {
  const options = exportsOf(entry).filter((symbol) => isOurs(symbol) && symbol.name.endsWith("Options"));
  expect(options.flatMap(refusingUndefined)).toEqual([]);
});

test.each(NAMED_ENTRIES)("%s", (_name, entry) => {
  const own = exportsOf(entry);
  const named = new Set([...own, ...exportsOf(main)]);
  expect(own.length).toBeGreaterThan(0);
  expect(own.filter(isOurs).flatMap((symbol) => unnamed(symbol, named))).toEqual([]);
});
