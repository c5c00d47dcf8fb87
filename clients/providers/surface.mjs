/**
 * What an application can call of a client: each public method by the path that leads to it from an instance, and of what
 * those methods give (promises, streams, runners, chats) each public method too.
 */

/** What is reached on the way and belongs to the language or the platform. */
const FOREIGN = new Set(
  [Object, Function, Array, Map, Set, WeakMap, Promise, Date, RegExp, Error, URL, Headers, Request, Response, Blob]
    .concat([AbortController, AbortSignal, EventTarget, ReadableStream, Uint8Array, ArrayBuffer])
    .map(({ prototype }) => prototype)
    .concat([async function* () {}, function* () {}].map((generator) => Object.getPrototypeOf(generator.prototype))),
);
const isClass = (value) => /^class\b/.test(Function.prototype.toString.call(value));
/** What a leading underscore marks as the client's own affair. */
const isPublic = (name) => typeof name === "string" && name !== "constructor" && !name.startsWith("_");

/** The object and its prototypes, up to what is not the package's. */
function levelsOf(object) {
  const levels = [];
  for (let at = object; at !== null && !FOREIGN.has(at); at = Object.getPrototypeOf(at)) levels.push(at);
  return levels;
}

/** Name to value and the level that has it, the nearest of each name. @param asksGetters else what has one is left out */
function membersOf(object, asksGetters) {
  const members = new Map();
  for (const level of levelsOf(object)) {
    for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (!isPublic(name) || members.has(name)) continue;
      try {
        members.set(name, { value: get !== undefined && asksGetters ? object[name] : value, level });
      } catch {
        // It has nothing to give yet.
      }
    }
  }
  return members;
}

/** An object of a class, which is a resource and no value. */
function isResource(value) {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype !== null && !FOREIGN.has(prototype);
}

/**
 * @param without names that are not followed: where the client's inside begins
 * @returns path to `{ owner, name, method }`; getters are asked for what they give
 */
export function surfaceOf(client, without = []) {
  const found = new Map();
  const seen = new Set([client]);
  const visit = (object, path) => {
    for (const [name, { value }] of membersOf(object, true)) {
      const at = path === "" ? name : `${path}.${name}`;
      if (without.includes(name)) continue;
      if (typeof value === "function") {
        if (!isClass(value)) found.set(at, { owner: object, name, method: value });
      } else if (isResource(value) && !seen.has(value)) {
        seen.add(value);
        visit(value, at);
      }
    }
  };
  visit(client, "");
  return found;
}

/** Which methods there are, and which of them were called; of several clients of one kind. */
export class Survey {
  methods = new Set();
  called = new Set();
  #seen = new WeakSet();
  #ownKind;

  /** From now on it is noted what is called of this client. */
  follow(client, without) {
    this.#ownKind = client.constructor;
    for (const [path, { owner, name, method }] of surfaceOf(client, without)) this.#note(owner, name, method, path);
  }

  /** A client like this one, or an answer of a `fetch` that is a package of its own. */
  #isForeign(value) {
    return value.constructor === this.#ownKind || value.constructor?.name === "Response";
  }

  #note(owner, name, method, label) {
    this.methods.add(label);
    const survey = this;
    Object.defineProperty(owner, name, {
      value: Object.defineProperties(function (...args) {
        survey.called.add(label);
        // Of a client whose one method takes what it is to do as an object.
        if (/Command$/.test(args[0]?.constructor?.name)) survey.called.add(args[0].constructor.name);
        if (name !== "then") return survey.#given(Reflect.apply(method, this, args));
        const [fulfilled, ...rest] = args;
        const taken = (value) => fulfilled(survey.#given(value));
        return Reflect.apply(method, this, [typeof fulfilled === "function" ? taken : fulfilled, ...rest]);
      }, Object.getOwnPropertyDescriptors(method)),
      writable: true,
      configurable: true,
      enumerable: Object.getOwnPropertyDescriptor(owner, name)?.enumerable ?? false,
    });
  }

  /** What a method gave is followed too, by the names of its classes. */
  #given(value) {
    if (Array.isArray(value)) for (const item of value) this.#given(item);
    if (typeof value !== "object" || value === null) return value;
    if (Object.getPrototypeOf(value) === Promise.prototype) return value.then((settled) => this.#given(settled));
    if (Object.getPrototypeOf(value) === Object.prototype) this.#given(value.data);
    if (!isResource(value) || this.#seen.has(value) || this.#isForeign(value)) return value;
    this.#seen.add(value);
    for (const [name, { value: method, level }] of membersOf(value, false)) {
      if (typeof method !== "function" || isClass(method)) continue;
      const { name: kind } = level === value ? value.constructor : level.constructor;
      this.#note(value, name, method, `${kind}#${name}`);
    }
    return value;
  }
}
