/**
 * Recorded exchanges with providers, read as they went over the wire. What must come out is taken from the bodies by
 * other means than the readers: the texts of a stream joined by hand, the last usage that the text holds.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Exchange, type NormalCall, providerCall } from "./normal-form.ts";

const RECORDINGS = new URL("../../../../../../shared/data/recordings/", import.meta.url);
const has = existsSync(RECORDINGS);
const names = has ? readdirSync(RECORDINGS) : [];

type Json = Readonly<Record<string, unknown>>;

const exchanges = names.flatMap((name) =>
  (JSON.parse(readFileSync(new URL(name, RECORDINGS), "utf8")) as Exchange[]).map(
    (exchange, at) => [`${name} ${at}`, exchange] as const,
  ),
);

function chunksOf(body: string): readonly Json[] {
  const lines = body.split("\n").filter((line) => line.startsWith("data: {"));
  return lines.length === 0 ? [JSON.parse(body)] : lines.map((line) => JSON.parse(line.slice("data: ".length)));
}

/** All values of a field, wherever it stands. */
function valuesOf(value: unknown, field: string): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === field && inner !== null ? [inner] : []),
    ...valuesOf(inner, field),
  ]);
}

function tokensOf(chunks: readonly Json[]): readonly (number | undefined)[] {
  const counts: Record<string, number> = {};
  for (const usage of chunks.flatMap((chunk) => valuesOf(chunk, "usage"))) Object.assign(counts, usage);
  return [counts.input_tokens ?? counts.prompt_tokens, counts.output_tokens ?? counts.completion_tokens];
}

/** The words of a reply: whole, or as the pieces of its stream. */
function wordsOf(chunks: readonly Json[]): string {
  const last = chunks.at(-1)!;
  if (last.type === "response.completed") return wordsOf([last.response as Json]);
  if (chunks.length > 1) {
    const deltas = chunks.flatMap((chunk) => valuesOf(chunk, "delta")) as Json[];
    return deltas.map(({ content, text }) => content ?? text ?? "").join("");
  }
  const message = valuesOf(last, "message")[0] as Json | undefined;
  if (message !== undefined) return String(message.content ?? "");
  return valuesOf(last, "text")
    .filter((text) => typeof text === "string")
    .join("");
}

function partsOf({ reply }: NormalCall, kind: string) {
  return (reply as { kind: string; text?: string; name?: string }[]).filter((part) => part.kind === kind);
}

test.skipIf(!has).each(exchanges)("%s", (_name, exchange) => {
  const form = providerCall(exchange);
  const chunks = chunksOf(exchange.response.body);
  expect([form.usage.inputTokens, form.usage.outputTokens]).toEqual(tokensOf(chunks));
  expect(
    partsOf(form, "text")
      .map(({ text }) => text)
      .join(""),
  ).toBe(wordsOf(chunks));
  const called = chunks.flatMap((chunk) => valuesOf(chunk, "tool_calls")).flat() as Json[];
  const functions = called.flatMap((call) => valuesOf(call, "name"));
  const items = chunks.flatMap((chunk) => valuesOf(chunk, "output").flat() as Json[]);
  const itemNames = items.filter(({ type }) => type === "function_call").map(({ name }) => name);
  expect(partsOf(form, "toolCall").map(({ name }) => name)).toEqual([...functions, ...itemNames]);
  expect(partsOf(form, "unknown")).toEqual([]);
  expect(form.model).toBe(chunks.flatMap((chunk) => valuesOf(chunk, "model"))[0]);
  expect(form.finish).toMatch(/^(?:stop|tools)$/);
  expect(form.messages).not.toHaveLength(0);
});

test.skipIf(!has)("what a model thought is there, and not among its words", () => {
  const [, exchange] = exchanges.find(([name]) => name.startsWith("anthropic-thinking"))!;
  const thoughts = valuesOf(JSON.parse(exchange.response.body), "thinking");
  expect(partsOf(providerCall(exchange), "reasoning").map(({ text }) => text)).toEqual(thoughts);
});
