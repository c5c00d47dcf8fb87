/**
 * Which modules are observed when a program loads them: by the name that it imports, or by the file, for what packages load
 * within themselves. Imports nothing of ours: the hooks' own thread loads it too.
 */
import { isAbsolute } from "node:path";

const BY_NAME: ReadonlySet<string> = new Set([
  "openai",
  "@anthropic-ai/sdk",
  "groq-sdk",
  "@mistralai/mistralai",
  "ollama",
  "cohere-ai",
  "@google/genai",
  "@aws-sdk/client-bedrock-runtime",
  "@openai/agents",
]);
const BY_FILE: readonly (readonly [name: string, file: RegExp])[] = [
  ["@langchain/core/callbacks/manager", /[\\/]@langchain[\\/]core[\\/]dist[\\/]callbacks[\\/]manager\.c?js$/],
  [
    "@modelcontextprotocol/sdk/client",
    /[\\/]@modelcontextprotocol[\\/]sdk[\\/]dist[\\/](?:esm|cjs)[\\/]client[\\/]index\.js$/,
  ],
];

/** Of CommonJS that an ECMAScript module imports, Node tells `require` the file instead of the name. */
const WITHIN = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/](?!.*[\\/]node_modules[\\/])/;

/** @param file its path or address without a query, asked for only where the name says nothing */
export function observedPackage(name: string, file: () => string): string | undefined {
  if (BY_NAME.has(name)) return name;
  const within = isAbsolute(name) ? WITHIN.exec(name)?.[1]?.replaceAll("\\", "/") : undefined;
  if (within !== undefined && BY_NAME.has(within)) return within;
  if (!/manager|client/.test(name)) return undefined;
  const found = file();
  return BY_FILE.find(([, pattern]) => pattern.test(found))?.[0];
}
