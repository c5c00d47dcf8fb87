/** One redactor: what it withholds, what stays the very object that it is, and how often it looks. */
import { describe, expect, test } from "vitest";
import { ArrayNode, arrayBytes, CaptureMemory, Capturer, type JsonNode, toJson } from "../capture/index.ts";
import type { RedactionOptions } from "../contract/redaction-options.ts";
import type { SpanRecord } from "../delivery/record/span-record.ts";
import { plainRecord } from "../delivery/record/testing/plain-record.ts";
import { LaneRedaction } from "./lane-redaction.ts";
import { Redactor } from "./redactor.ts";

const KEY = ["sk", "proj", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4"].join("-");
const CREDENTIAL = "[REDACTED:credential]";
const capture = (value: unknown) => new Capturer().capture(value);

function recordOf(fields: Partial<SpanRecord>): SpanRecord {
  const error = { type: "E", message: "m", stack: "s" };
  const payloads = { input: capture({ in: 1 }), output: capture("out"), data: capture({ data: 1 }) };
  return plainRecord({ status: "ERROR", error, ...payloads, ...fields });
}

const redact = (fields: Partial<SpanRecord>, ...policies: RedactionOptions[]) =>
  new Redactor(policies.length === 0 ? [{}] : policies).record(recordOf(fields));
/** What becomes of an input. */
const cleaned = (input: unknown, ...policies: RedactionOptions[]) =>
  toJson(redact({ input: capture(input) }, ...policies).input!);

describe("a record", () => {
  test("with nothing to withhold is itself", () => {
    for (const fields of [{}, { error: undefined }, { input: undefined, output: undefined, data: undefined }]) {
      const record = recordOf(fields);
      expect(new Redactor([{}]).record(record)).toBe(record);
    }
  });

  test("that lies on disk is looked at a single time under one policy, on its way there or out; under another anew", () => {
    const looks: string[] = [];
    const policyOf = (name: string) => ({
      replace: (text: string) => {
        looks.push(`${name} ${text}`);
        return text;
      },
    });
    const [one, other] = [policyOf("one"), policyOf("other")];
    const record = recordOf({ name: "n", error: undefined, input: undefined, output: undefined, data: undefined });
    const place = { isKept: true, doubtfulLanes: 0, doubt: () => {}, settle: () => {}, spill: () => {} };
    record.onDisk = place;
    for (let again = 0; again < 2; again++) expect(new Redactor([one]).record(record)).toBe(record);
    expect(looks).toEqual(["one n"]);
    expect(new Redactor([one, other]).record(record)).toBe(record);
    expect(looks.splice(0)).toEqual(["one n", "one n", "other n"]);
    expect(new Redactor([other]).record(record)).toBe(record);
    expect(looks.splice(0)).toEqual(["other n"]);
    const withheld = policyOf("withheld");
    const dirty = recordOf({ name: KEY });
    dirty.onDisk = { ...place };
    for (let again = 0; again < 2; again++) expect(new Redactor([withheld]).record(dirty).name).toBe(CREDENTIAL);
  });

  test.each<[string, Partial<SpanRecord>]>([
    ["name", { name: KEY }],
    ["error", { error: { type: KEY, message: "m" } }],
    ["error", { error: { type: "E", message: KEY } }],
    ["error", { error: { type: "E", message: KEY, stack: "s" } }],
    ["error", { error: { type: "E", message: "m", stack: KEY } }],
    ["input", { input: KEY }],
    ["output", { output: KEY }],
    ["data", { data: capture({ of: KEY }) }],
  ])("with a credential in its %s alone has it withheld there, and the rest is what it was", (field, fields) => {
    const record = recordOf(fields);
    const clean = new Redactor([{}]).record(record);
    expect(clean).not.toBe(record);
    expect(JSON.stringify(clean.toSnapshot())).not.toContain(KEY);
    expect(JSON.stringify(clean.toSnapshot()).replaceAll(CREDENTIAL, KEY)).toBe(JSON.stringify(record.toSnapshot()));
    for (const other of ["name", "error", "input", "output", "data"] as const)
      if (other !== field) expect(clean[other]).toBe(record[other]);
  });

  test.each<[string, Record<string, unknown>]>([
    ["input", { input: "[REDACTED]" }],
    ["output", { output: "[REDACTED]" }],
    ["data", { data: undefined }],
    ["error", { error: { type: "E", message: "[REDACTED]" } }],
  ])("withholds its %s altogether where that is asked for, and nothing that is not there", (field, expected) => {
    const policy = { withhold: [field] } as RedactionOptions;
    expect(redact({}, policy).toSnapshot()).toEqual({ ...recordOf({}).toSnapshot(), ...expected });
    const without = recordOf({ [field]: undefined });
    expect(new Redactor([policy]).record(without)).toBe(without);
  });

  test.each([
    [
      { type: "E", message: "m", stack: "s" },
      { type: "E", message: "[REDACTED:policy failed]" },
    ],
    [undefined, undefined],
  ])("that can't be looked at goes without its content", (error, expected) => {
    const unreadable = new Proxy(capture({}) as object, {
      get: (node, name) => {
        if (name === "1") return Reflect.get(node, name);
        throw new Error("no");
      },
    }) as JsonNode;
    const clean = redact({ input: "the input", output: unreadable, error });
    expect(clean).toMatchObject({ name: "span", input: "[REDACTED:policy failed]" });
    expect([clean.output, clean.data, clean.error]).toEqual([undefined, undefined, expected]);
  });
});

describe("a value under a name", () => {
  const token = "a1b2c3d4e5f6g7h8";
  test.each<[string, unknown, unknown]>([
    ["password", "x", CREDENTIAL],
    ["password", 7, CREDENTIAL],
    ["password", ["x"], CREDENTIAL],
    ["password", { value: "x" }, CREDENTIAL],
    ["password", {}, CREDENTIAL],
    ["password", "", ""],
    ["password", null, null],
    ["password", true, true],
    ["token", token, CREDENTIAL],
    ["token", " Hello", " Hello"],
    ["token", 16, 16],
    ["token", { password: "x", kept: token }, { password: CREDENTIAL, kept: token }],
    ["user", token, token],
    ["user", { auth: [token, { jwt: token }] }, { auth: [token, { jwt: CREDENTIAL }] }],
  ])("%s: %j becomes %j", (key, value, expected) => {
    expect(cleaned({ [key]: value, beside: 1 })).toEqual({ [key]: expected, beside: 1 });
  });

  test.each<[unknown, unknown]>([
    ["x", "[REDACTED]"],
    [7, "[REDACTED]"],
    [{ a: 1 }, "[REDACTED]"],
    ["", "[REDACTED]"],
    [null, null],
    [false, false],
  ])("of the policy's own: %j becomes %j, whatever its case and separators", (value, expected) => {
    for (const key of ["phone-number", "PhoneNumber", "phone number"])
      expect(cleaned({ [key]: value }, { keys: ["phone_number"] })).toEqual({ [key]: expected });
    expect(cleaned({ phones: "x" }, { keys: ["phone_number"] })).toEqual({ phones: "x" });
  });

  test("of a credential stays where credentials may be sent, but not when another policy takes them", () => {
    const input = { password: "hunter2", text: KEY, phone: "1" };
    expect(cleaned(input, { credentials: false })).toEqual(input);
    expect(cleaned(input, { credentials: false, keys: ["phone"] })).toEqual({ ...input, phone: "[REDACTED]" });
    const both = { password: CREDENTIAL, text: CREDENTIAL, phone: "[REDACTED]" };
    expect(cleaned(input, { credentials: false, keys: ["phone"] }, {})).toEqual(both);
  });

  const parameter = (value: unknown) => ({ description: "it", password: value });
  test.each<[string, unknown]>([
    ...["string", "number", "integer", "boolean", "object", "array", "null"].map((type): [string, unknown] => [
      `the type ${type}`,
      { type },
    ]),
    ["several types", { type: ["string", "null"] }],
    ["a reference", { description: "it", $ref: "#/x" }],
    ["any of some", { anyOf: [], title: "it" }],
    ["one of some", { oneOf: [] }],
    ["all of some", { allOf: [] }],
    ["a choice", { enum: ["a"] }],
  ])("that is a parameter's schema, by %s, is kept", (_, schema) => {
    expect(cleaned(parameter(schema))).toEqual(parameter(schema));
    expect(cleaned({ password: schema, api_key: { type: "string" } })).toEqual({
      password: schema,
      api_key: { type: "string" },
    });
  });

  test.each<[string, unknown]>([
    ["no type of a schema", { type: "bearer string" }],
    ["none either", { type: "strings" }],
    ["a type that is a number", { type: 1 }],
    ["a type that is an object", { type: { of: 1 } }],
    ["a type that is nothing", { type: null }],
    ["a list", ["string"]],
  ])("that is no schema, by %s, is withheld", (_, value) => {
    expect(cleaned(parameter(value))).toEqual(parameter(CREDENTIAL));
    expect(cleaned({ password: value, api_key: { type: "string" } })).toEqual({
      password: CREDENTIAL,
      api_key: { type: "string" },
    });
  });

  test("within a parameter's schema is looked at as anywhere", () => {
    const schema = { type: "string", default: KEY, example: { password: "x" } };
    const clean = { type: "string", default: CREDENTIAL, example: { password: CREDENTIAL } };
    expect(cleaned({ password: schema, other: 1 })).toEqual({ password: clean, other: 1 });
    expect(cleaned({ password: schema, secret: { type: "string" } })).toEqual({
      password: clean,
      secret: { type: "string" },
    });
  });
});

describe("what is shared", () => {
  const big = (text: string) => ({ role: "user", text, more: "m".repeat(300) });

  test("stays the node that it is when it is clean, and otherwise becomes one node for all", () => {
    const redactor = new Redactor([{}]);
    const [clean, dirty] = [capture(big("fine"))!, capture(big(KEY))!];
    const nodes = [clean, dirty, clean, dirty].map((input) => redactor.record(recordOf({ input })).input);
    expect([nodes[0], nodes[2]]).toEqual([clean, clean]);
    expect(nodes[0]).toBe(clean);
    expect(nodes[1]).toBe(nodes[3]);
    expect(nodes[1]).not.toBe(dirty);
    expect(toJson(nodes[1]!)).toEqual(big(CREDENTIAL));
  });

  test.each([0, 1, 2, 3])("in a conversation that grows is cleaned once: the credential in message %i", (at) => {
    const redactor = new Redactor([{}]);
    const memory = new CaptureMemory();
    const capturer = new Capturer();
    const messages = [0, 1, 2, 3].map((i) => big(i === at ? KEY : `message ${i}`));
    const expected = messages.map((message, i) => (i === at ? big(CREDENTIAL) : message));
    const steps = [2, 3, 4].map((count) => capturer.capture(messages.slice(0, count), memory)!);
    const cleans = steps.map((input) => redactor.record(recordOf({ input })).input as ArrayNode);
    expect(cleans.map(toJson)).toEqual([2, 3, 4].map((count) => expected.slice(0, count)));
    expect(cleans.map(({ length }) => length)).toEqual([2, 3, 4]);
    for (const [i, step] of steps.entries()) {
      const prefix = (step as ArrayNode).prefix;
      if (prefix === undefined) continue;
      expect(cleans[i]!.prefix).toBe(cleans[i - 1]);
      expect(cleans[i]!.bytes).toBe(arrayBytes(cleans[i]!.prefix, cleans[i]!.items));
    }
    const again = redactor.record(recordOf({ input: steps[2] })).input;
    expect(again).toBe(cleans[2]);
  });

  test("is looked at a single time when it is large, a text by itself too", () => {
    const seen: string[] = [];
    const replace = (text: string) => {
      seen.push(text);
      return text;
    };
    const redactor = new Redactor([{ replace }]);
    const [small, large] = ["s".repeat(1_023), "l".repeat(1_024)];
    for (let i = 0; i < 3; i++) redactor.record(recordOf({ input: small, output: large }));
    expect(seen.filter((text) => text === small)).toHaveLength(3);
    expect(seen.filter((text) => text === large)).toHaveLength(1);
    const node = capture(big("once"))!;
    for (let i = 0; i < 3; i++) redactor.record(recordOf({ input: node }));
    expect(seen.filter((text) => text === "once")).toHaveLength(1);
  });

  test("deeper than anything that is captured is withheld", () => {
    const nested = (depth: number) => {
      let node: JsonNode = "bottom";
      for (let i = 0; i < depth; i++) node = new ArrayNode(undefined, [node], arrayBytes(undefined, [node]));
      return redact({ input: node }).input!;
    };
    expect(JSON.stringify(toJson(nested(501)))).toContain("bottom");
    expect(JSON.stringify(toJson(nested(502)))).toContain("[REDACTED]");
    expect(JSON.stringify(toJson(nested(502)))).not.toContain("bottom");
  });
});

describe("a policy's patterns and its replacement", () => {
  test.each([
    ["once", /cat/, "a [REDACTED] and a [REDACTED]; a CAT"],
    ["with a state", /cat/g, "a [REDACTED] and a [REDACTED]; a CAT"],
    ["that stick", /cat/y, "a [REDACTED] and a [REDACTED]; a CAT"],
    ["in any case", /cat/i, "a [REDACTED] and a [REDACTED]; a [REDACTED]"],
  ])("are found everywhere: an expression %s", (_, pattern, expected) => {
    pattern.lastIndex = 3;
    for (let i = 0; i < 2; i++) expect(cleaned("a cat and a cat; a CAT", { patterns: [pattern] })).toBe(expected);
    expect(pattern.lastIndex).toBe(3);
  });

  test("come after each other, over all policies, and one that fails withholds the text", () => {
    const first: RedactionOptions = { patterns: [/a/, /b/], replace: (text) => `${text}!` };
    const second: RedactionOptions = { replace: (text) => `<${text}>` };
    expect(cleaned("abc", first, second)).toBe("<[REDACTED][REDACTED]c!>");
    const failing: RedactionOptions = {
      replace: () => {
        throw new Error("x");
      },
    };
    expect(cleaned(["abc", 1], failing, second)).toEqual(["[REDACTED:policy failed]", 1]);
    expect(cleaned("abc", { replace: () => 1 as never })).toBe("[REDACTED:policy failed]");
  });
});

describe("the redaction of a lane", () => {
  test("is none without a policy, one for lanes of the same policy, and there immediately once it was loaded", async () => {
    expect(new LaneRedaction(undefined, [undefined]).of(0)).toBeUndefined();
    const own: RedactionOptions = { keys: ["own"] };
    const lanes = new LaneRedaction({ keys: ["base"] }, [undefined, own, undefined, own]);
    const loading = lanes.of(0);
    expect(loading).toBeInstanceOf(Promise);
    expect(lanes.of(2)).toBe(loading);
    const redactor = await loading;
    const other = await lanes.of(1);
    expect(lanes.of(0)).toBe(redactor);
    expect(lanes.of(3)).toBe(other);
    expect(other).not.toBe(redactor);
    const input = capture({ own: 1, base: 2 });
    expect(toJson(redactor!.record(recordOf({ input })).input!)).toEqual({ own: 1, base: "[REDACTED]" });
    expect(toJson(other!.record(recordOf({ input })).input!)).toEqual({ own: "[REDACTED]", base: "[REDACTED]" });
  });
});
