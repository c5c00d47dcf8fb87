/**
 * One list of property names for all objects of the same shape: agents send thousands of `{role, content}`.
 *
 * The lists are found by walking a tree from name to name; each step remembers the last way taken, so a known shape
 * costs one pointer comparison a property. Names are made well-formed and bounded when a step is first made.
 */
import { cutText } from "./marks.ts";
import { wellFormed } from "./well-formed.ts";

class Shape {
  readonly parent: Shape | undefined;
  readonly name: string;
  lastName: string | undefined = undefined;
  lastShape: Shape | undefined = undefined;
  next: Map<string, Shape> | undefined = undefined;
  keys: readonly string[] | undefined = undefined;

  constructor(parent: Shape | undefined, name: string) {
    this.parent = parent;
    this.name = name;
  }
}

/** Objects with more properties, and names longer than this, are dictionaries rather than shapes. */
const MAX_SHAPE_KEYS = 64;
const MAX_SHAPE_NAME = 128;
/** Steps remembered before the tree starts afresh: what an application's code can name is far less. */
const MAX_STEPS = 4096;
const KEY_HEAD_CHARACTERS = 256;

let root = new Shape(undefined, "");
let steps = 0;

/** The shared list of keys for `count` names from `start` on. The same names give the same list. */
export function keysFor(
  names: readonly string[],
  start: number,
  count: number,
  maxKeyBytes: number,
): readonly string[] {
  if (count > MAX_SHAPE_KEYS) return ownKeys(names, start, count, maxKeyBytes);
  let shape = root;
  for (let i = 0; i < count; i++) {
    const name = names[start + i]!;
    const next = shape.lastName === name ? shape.lastShape : step(shape, name);
    if (next === undefined) return ownKeys(names, start, count, maxKeyBytes);
    shape = next;
  }
  shape.keys ??= listOf(shape, count);
  return shape.keys;
}

function step(shape: Shape, name: string): Shape | undefined {
  let next = shape.next?.get(name);
  if (next === undefined) {
    if (name.length > MAX_SHAPE_NAME || wellFormed(name) !== name) return undefined;
    if (steps === MAX_STEPS) startAfresh();
    next = new Shape(shape, name);
    steps++;
    shape.next ??= new Map();
    shape.next.set(name, next);
  }
  shape.lastName = name;
  shape.lastShape = next;
  return next;
}

function startAfresh(): void {
  root = new Shape(undefined, "");
  steps = 0;
}

function listOf(last: Shape, count: number): readonly string[] {
  const keys = new Array<string>(count);
  let shape = last;
  for (let i = count - 1; i >= 0; i--) {
    keys[i] = shape.name;
    shape = shape.parent!;
  }
  return keys;
}

/** A list of its own, for names that had to be changed or are too many. */
function ownKeys(names: readonly string[], start: number, count: number, maxKeyBytes: number): readonly string[] {
  const taken = new Set<string>();
  for (let i = start; i < start + count; i++) {
    const name = names[i]!;
    taken.add(distinct(name.length > maxKeyBytes ? cutText(name, KEY_HEAD_CHARACTERS) : wellFormed(name), taken));
  }
  return [...taken];
}

/** Cutting and replacing can make two names equal; both values must stay. */
function distinct(key: string, taken: ReadonlySet<string>): string {
  let candidate = key;
  for (let n = taken.size + 1; taken.has(candidate); n++) candidate = `${key} (${n})`;
  return candidate;
}
