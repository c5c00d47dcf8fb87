/**
 * Attributes that were spread over dotted names (`prefix.0.message.role`) as the list they came from. Names from
 * outside become own properties of objects without a prototype, and indexes only places in a list.
 */
const MAX_DEPTH = 12;

type Node = Map<string, unknown>;

export interface Spread {
  readonly list: readonly unknown[];
  readonly names: readonly string[];
}

/** The list under a prefix (which ends in a dot); undefined when there is none. */
export function unflattenList(attributes: Readonly<Record<string, unknown>>, prefix: string): Spread | undefined {
  const root: Node = new Map();
  const names: string[] = [];
  for (const name of Object.keys(attributes)) {
    if (!name.startsWith(prefix)) continue;
    const path = name.slice(prefix.length).split(".");
    if (path.length > MAX_DEPTH || !/^\d{1,6}$/.test(path[0]!)) continue;
    put(root, path, attributes[name]);
    names.push(name);
  }
  const list = plain(root);
  return names.length === 0 || !Array.isArray(list) ? undefined : { list, names };
}

function put(root: Node, path: readonly string[], value: unknown): void {
  let node = root;
  for (const step of path.slice(0, -1)) {
    const next = node.get(step);
    if (next instanceof Map) {
      node = next as Node;
      continue;
    }
    const made: Node = new Map();
    if (next !== undefined) made.set("", next);
    node.set(step, made);
    node = made;
  }
  const last = path.at(-1)!;
  const standing = node.get(last);
  if (standing instanceof Map) (standing as Node).set("", value);
  else node.set(last, value);
}

function plain(node: unknown): unknown {
  if (!(node instanceof Map)) return node;
  const entries = [...(node as Node)];
  if (entries.length > 0 && entries.every(([key]) => /^\d{1,6}$/.test(key))) {
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => plain(value));
  }
  const object: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value: plain(value), enumerable: true, configurable: true, writable: true });
  }
  return object;
}
