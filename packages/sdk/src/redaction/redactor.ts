/**
 * Withholds what a policy names, in captured form: what is clean stays the node that it is, so that it is shared and
 * encoded once as before. What is large is looked at a single time. Loaded with the first batch, or with the
 * spool. By the fields of nodes and not by their classes: at an exit this code may be another copy than the one that
 * captured, see `load-at-exit.ts`.
 */
import type { SpanError } from "@everspan/protocol";
import {
  ArrayNode,
  bytesOf,
  type ContainerNode,
  isArrayNode,
  isContainer,
  isObjectNode,
  type JsonNode,
  keysOf,
  type ObjectNode,
  objectNode,
  valueAt,
  valuesOf,
} from "../capture/index.ts";
import type { RedactionOptions, SpanContent } from "../contract/redaction-options.ts";
import { SpanRecord } from "../delivery/record/span-record.ts";
import { RecentStrings } from "../encoding/recent-strings.ts";
import { kindOfKey, looksLikeToken, plainKey } from "./credential-keys.ts";
import { WITHHELD as CREDENTIAL, withholdCredentials } from "./credential-text.ts";

export const WITHHELD = "[REDACTED]";
/** In place of a string whose policy failed: its content is not sent on a guess. */
export const POLICY_FAILED = "[REDACTED:policy failed]";

/**
 * What is smaller costs less to look at again than to remember: each entry is one more thing for the garbage collector
 * to move and mark, and most small spans share nothing.
 */
const MIN_REMEMBERED_CHARACTERS = 1024;
const MIN_REMEMBERED_BYTES = 256;
/** No captured tree is as deep; below that nothing is vouched for. */
export const MAX_DEPTH = 500;

export class Redactor {
  readonly #policies: readonly RedactionOptions[];
  readonly #takesCredentials: boolean;
  readonly #keys: ReadonlySet<string>;
  readonly #withheld: ReadonlySet<SpanContent>;
  readonly #nodes = new WeakMap<ContainerNode, ContainerNode>();
  readonly #strings = new RecentStrings<string>();
  readonly #keyKinds = new Map<string, "credential" | "ambiguous" | "own" | "other">();

  /** @param policies all of them hold: a string that one withholds is withheld */
  constructor(policies: readonly RedactionOptions[]) {
    this.#policies = policies;
    this.#takesCredentials = policies.some(({ credentials }) => credentials !== false);
    this.#keys = new Set(policies.flatMap(({ keys = [] }) => keys.map(plainKey)));
    this.#withheld = new Set(policies.flatMap(({ withhold = [] }) => withhold));
  }

  /** The record itself when there is nothing to withhold. Never throws: what can't be looked at is not sent. */
  record(record: SpanRecord): SpanRecord {
    const [policy] = this.#policies;
    const place = this.#policies.length === 1 ? record.onDisk : undefined;
    if (place !== undefined && place.cleanUnder === policy) return record;
    try {
      const clean = this.#cleaned(record);
      if (place !== undefined && clean === record) place.cleanUnder = policy;
      return clean;
    } catch {
      const error = record.error && { type: record.error.type, message: POLICY_FAILED };
      return new SpanRecord({ ...record, error, input: POLICY_FAILED, output: undefined, data: undefined });
    }
  }

  #cleaned(record: SpanRecord): SpanRecord {
    const name = this.#text(record.name);
    const error = this.#error(record.error);
    const input = this.#payload("input", record.input);
    const output = this.#payload("output", record.output);
    const data = this.#payload("data", record.data);
    const isClean =
      name === record.name &&
      error === record.error &&
      input === record.input &&
      output === record.output &&
      data === record.data;
    return isClean ? record : new SpanRecord({ ...record, name, error, input, output, data });
  }

  /** As a whole, without a look at it. */
  withholds(field: SpanContent): boolean {
    return this.#withheld.has(field);
  }

  #payload(field: "input" | "output" | "data", node: JsonNode | undefined): JsonNode | undefined {
    if (node === undefined) return undefined;
    if (!this.withholds(field)) return this.node(node, 0);
    return field === "data" ? undefined : WITHHELD;
  }

  #error(error: SpanError | undefined): SpanError | undefined {
    if (error === undefined) return undefined;
    if (this.withholds("error")) return { type: error.type, message: WITHHELD };
    const type = this.#text(error.type);
    const message = this.#text(error.message);
    const stack = error.stack === undefined ? undefined : this.#text(error.stack);
    if (type === error.type && message === error.message && stack === error.stack) return error;
    return { type, message, ...(stack !== undefined && { stack }) };
  }

  /** A part of a payload without what is withheld in it; itself when that is nothing. */
  node(node: JsonNode, depth: number): JsonNode {
    if (typeof node === "string") return this.#text(node);
    if (!isContainer(node)) return node;
    if (depth > MAX_DEPTH) return WITHHELD;
    const known = this.#nodes.get(node);
    if (known !== undefined) return known;
    if (!isObjectNode(node)) return this.#array(node, depth);
    const clean = this.#object(node, depth);
    this.remember(node, clean);
    return clean;
  }

  /** What became of a large part that was looked at before. */
  known(node: ContainerNode): ContainerNode | undefined {
    return this.#nodes.get(node);
  }

  /** Small parts are not remembered. */
  remember(node: ContainerNode, clean: ContainerNode): void {
    if (bytesOf(node) >= MIN_REMEMBERED_BYTES) this.#nodes.set(node, clean);
  }

  /** A conversation continues hundreds of arrays: from the first of them on, not by recursion. */
  #array(node: ArrayNode, depth: number): ArrayNode {
    const chain: ArrayNode[] = [];
    let part: ArrayNode | undefined = node;
    let prefix: ArrayNode | undefined;
    while (part !== undefined) {
      prefix = this.#nodes.get(part) as ArrayNode | undefined;
      if (prefix !== undefined) break;
      chain.push(part);
      part = part.prefix;
    }
    for (const next of chain.reverse()) {
      const items = this.#all(next.items, depth + 1);
      const isClean = prefix === next.prefix && items === next.items;
      prefix = isClean ? next : new ArrayNode(prefix, items);
      this.remember(next, prefix);
    }
    return prefix!;
  }

  #object(node: ObjectNode, depth: number): ObjectNode {
    const keys = keysOf(node);
    const before = valuesOf(node);
    const values = this.#all(before, depth + 1, describesProperties(before) ? undefined : keys);
    return values === before ? node : objectNode(keys, values);
  }

  #underName(kind: "credential" | "ambiguous" | "own", value: JsonNode, depth: number): JsonNode {
    if (value === null || typeof value === "boolean") return value;
    if (kind === "own") return WITHHELD;
    if (kind === "ambiguous") {
      return typeof value === "string" && looksLikeToken(value) ? CREDENTIAL : this.node(value, depth);
    }
    if (!isContainer(value)) return value === "" ? value : CREDENTIAL;
    // The schema of a tool's parameter named `password` holds none.
    return isSchemaNode(value) ? this.node(value, depth) : CREDENTIAL;
  }

  #kindOf(key: string): "credential" | "ambiguous" | "own" | "other" {
    let kind = this.#keyKinds.get(key);
    if (kind === undefined) {
      kind = this.#keys.has(plainKey(key)) ? "own" : this.#takesCredentials ? kindOfKey(key) : "other";
      if (this.#keyKinds.size >= 10_000) this.#keyKinds.clear();
      this.#keyKinds.set(key, kind);
    }
    return kind;
  }

  /**
   * The same list when every item stays what it is.
   * @param keys under which they stand
   */
  #all(nodes: readonly JsonNode[], depth: number, keys?: readonly string[]): readonly JsonNode[] {
    let changed: JsonNode[] | undefined;
    for (let i = 0; i < nodes.length; i++) {
      const kind = keys === undefined ? "other" : this.#kindOf(keys[i]!);
      const clean = kind === "other" ? this.node(nodes[i]!, depth) : this.#underName(kind, nodes[i]!, depth);
      if (clean === nodes[i]) continue;
      changed ??= nodes.slice();
      changed[i] = clean;
    }
    return changed ?? nodes;
  }

  #text(text: string): string {
    if (text.length < MIN_REMEMBERED_CHARACTERS) return this.#clean(text);
    let clean = this.#strings.get(text);
    if (clean === undefined) {
      clean = this.#clean(text);
      this.#strings.set(text, clean);
    }
    return clean;
  }

  #clean(text: string): string {
    let clean = this.#takesCredentials ? withholdCredentials(text) : text;
    for (const { patterns = [], replace } of this.#policies) {
      try {
        for (const pattern of patterns) clean = clean.replace(asGlobal(pattern), WITHHELD);
        if (replace !== undefined) clean = replace(clean);
      } catch {
        return POLICY_FAILED;
      }
      if (typeof clean !== "string") return POLICY_FAILED;
    }
    return clean;
  }
}

const globals = new WeakMap<RegExp, RegExp>();

/** Of its own, without the state that the application's may have. */
function asGlobal(pattern: RegExp): RegExp {
  let own = globals.get(pattern);
  if (own === undefined) {
    own = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "").concat("g"));
    globals.set(pattern, own);
  }
  own.lastIndex = 0;
  return own;
}

/** JSON Schema: the keys of `properties` name parameters, their values describe them. */
function isSchemaNode(node: JsonNode): boolean {
  if (!isObjectNode(node)) return false;
  return keysOf(node).some((key, i) => {
    if (key === "type") return isSchemaType(valueAt(node, i));
    return key === "$ref" || key === "anyOf" || key === "oneOf" || key === "allOf" || key === "enum";
  });
}

function isSchemaType(value: JsonNode): boolean {
  if (isContainer(value)) return isArrayNode(value);
  return typeof value === "string" && /^(?:string|number|integer|boolean|object|array|null)$/.test(value);
}

function describesProperties(values: readonly JsonNode[]): boolean {
  return values.length > 0 && values.every(isSchemaNode);
}
