/**
 * The collector's guards, each with the text that is it and what stands there without it, and the tests that must notice.
 * A text that is no longer in its file is a mistake of this list.
 */
const HTTP = "packages/collector/src/http";
const GUARD = `${HTTP}/guard.ts`;
const HEADERS = `${HTTP}/security-headers.ts`;
const SERVER = `${HTTP}/http-server.ts`;
const CONNECTIONS = `${HTTP}/connections.ts`;
const WRITER = `${HTTP}/response-writer.ts`;
const LIVE = "packages/collector/src/live/live-hub.ts";
const RECEIVE = "packages/collector/src/ingest/receive.ts";
const ROOMS = "packages/collector/src/ingest/body-rooms.ts";
const DECOMPRESS = "packages/collector/src/ingest/decompress.ts";
const SCAN = "packages/collector/src/ingest/json-scan.ts";
const BLOB = "packages/protocol/src/payload/blob.ts";
const BOUNDS = "packages/collector/src/store/span-bounds.ts";

const GUARD_TESTS = [`${HTTP}/guard.test.ts`];
const HEADER_TESTS = [`${HTTP}/security-headers.test.ts`];
const CONNECTION_TESTS = [`${HTTP}/hostile-connections.test.ts`];
const BODY_TESTS = ["packages/collector/src/ingest/receive.test.ts", `${HTTP}/hostile-senders.test.ts`];
const BLOB_TESTS = ["packages/protocol/src/payload/blob.test.ts"];

const headers = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].map((directive) => ({
  name: `header: ${directive}`,
  file: HEADERS,
  find: `  "${directive}",\n`,
  replace: "",
  tests: HEADER_TESTS,
}));

const otherHeaders = [
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
].map(([name, value]) => ({
  name: `header: ${name}`,
  file: HEADERS,
  find: `  "${name}": "${value}",\n`,
  replace: "",
  tests: HEADER_TESTS,
}));

export const GUARDS = [
  ...headers,
  ...otherHeaders,
  {
    name: "header: unsafe-inline",
    file: HEADERS,
    find: `"script-src 'self'"`,
    replace: `"script-src 'self' 'unsafe-inline'"`,
    tests: HEADER_TESTS,
  },
  { name: "guard: Host", file: GUARD, find: "  checkHost(request, options.hosts);\n", replace: "", tests: GUARD_TESTS },
  {
    name: "guard: one Host",
    file: GUARD,
    find: "if (given.length !== 1)",
    replace: "if (given.length < 1)",
    tests: GUARD_TESTS,
  },
  { name: "guard: Origin", file: GUARD, find: "origin !== undefined &&", replace: "false &&", tests: GUARD_TESTS },
  {
    name: "guard: Sec-Fetch-Site",
    file: GUARD,
    find: `=== "cross-site" &&`,
    replace: `=== "cross-site" && false &&`,
    tests: GUARD_TESTS,
  },
  {
    name: "guard: navigation to the API",
    file: GUARD,
    find: ` && !request.url?.startsWith("/api/")`,
    replace: "",
    tests: GUARD_TESTS,
  },
  {
    name: "guard: of requests",
    file: SERVER,
    find: "    checkOrigin(request, this.#guard);\n    this.#refuseWhenFull",
    replace: "    this.#refuseWhenFull",
    tests: GUARD_TESTS,
  },
  {
    name: "guard: of upgrades and tunnels",
    file: SERVER,
    find: "      checkOrigin(request, this.#guard);\n      refuseSocket",
    replace: "      refuseSocket",
    tests: GUARD_TESTS,
  },
  {
    name: "guard: spellings of a path",
    file: `${HTTP}/request-path.ts`,
    find: "AMBIGUOUS.test(path) || ",
    replace: "",
    tests: [...GUARD_TESTS, `${HTTP}/viewer-files.test.ts`],
  },
  {
    name: "guard: links among the viewer's files",
    file: `${HTTP}/viewer-files.ts`,
    find: "if (!entry.isFile()) continue;",
    replace: "if (entry.isDirectory()) continue;",
    tests: [`${HTTP}/viewer-files.test.ts`],
  },
  {
    name: "socket: an error of one ends nothing",
    file: SERVER,
    find: `      socket.on("error", () => {});\n`,
    replace: "",
    tests: CONNECTION_TESTS,
  },
  {
    name: "socket: one request at a time",
    file: SERVER,
    find: "    if (turn !== undefined) await turn;\n",
    replace: "",
    tests: CONNECTION_TESTS,
  },
  {
    name: "socket: nothing is served to who is gone",
    file: SERVER,
    find: "    if (socket.destroyed) response.destroy();\n",
    replace: "",
    tests: CONNECTION_TESTS,
  },
  {
    name: "places: given back at the end",
    file: CONNECTIONS,
    find: `    socket.once("close", () => this.#release(socket));\n`,
    replace: "",
    tests: CONNECTION_TESTS,
  },
  {
    name: "places: a sleeper gives way",
    file: CONNECTIONS,
    find: "else this.#release(idle.socket).destroy();",
    replace: "else this.#refused.add(socket);",
    tests: CONNECTION_TESTS,
  },
  {
    name: "places: proven clients are kept first",
    file: CONNECTIONS,
    find: "if (connection !== undefined) connection.isProven = true;",
    replace: "",
    tests: CONNECTION_TESTS,
  },
  {
    name: "places: refused when all are busy",
    file: SERVER,
    find: "    if (!this.#connections.isRefused(socket)) return;\n",
    replace: "    if (socket !== undefined) return;\n",
    tests: CONNECTION_TESTS,
  },
  {
    name: "places: a request that ends is no longer busy",
    file: SERVER,
    find: `    response.once("close", () => this.#connections.requestEnded(socket));\n`,
    replace: "",
    tests: CONNECTION_TESTS,
  },
  {
    name: "places: a broken request's socket is destroyed",
    file: `${HTTP}/raw-response.ts`,
    find: "setTimeout(() => socket.destroy(), CLOSING_MS)",
    replace: "setTimeout(() => {}, CLOSING_MS)",
    tests: CONNECTION_TESTS,
  },
  {
    name: "responses: deadline",
    file: WRITER,
    find: "this.#clock.schedule(() => response.destroy(), allowedMs, false)",
    replace: "this.#clock.schedule(() => {}, allowedMs, false)",
    tests: CONNECTION_TESTS,
  },
  {
    name: "responses: bound of all together",
    file: WRITER,
    find: "if (!this.#makeRoom(bytes.byteLength))",
    replace: "if (false)",
    tests: CONNECTION_TESTS,
  },
  {
    name: "responses: bytes are given back",
    file: WRITER,
    find: "if (this.#unread.delete(response)) this.#unreadBytes -= bytes;",
    replace: "this.#unread.delete(response);",
    tests: CONNECTION_TESTS,
  },
  {
    name: "responses: who does not read gives its room",
    file: WRITER,
    find: "      this.#forget(response);\n",
    replace: "",
    tests: CONNECTION_TESTS,
  },
  {
    name: "responses: who goes away gives its room back",
    file: WRITER,
    find: `    response.once("close", release);\n`,
    replace: "",
    tests: CONNECTION_TESTS,
  },
  {
    name: "live: who goes away gives its place back",
    file: LIVE,
    find: `    response.on("close", () => this.#remove(subscriber));\n`,
    replace: "",
    tests: ["packages/collector/src/live/live.test.ts"],
  },
  {
    name: "live: bound of streams",
    file: "packages/collector/src/live/live-route.ts",
    find: "hub.subscriberCount >= MAX_LIVE_SUBSCRIBERS",
    replace: "false",
    tests: ["packages/collector/src/live/live.test.ts"],
  },
  {
    name: "bodies: content type",
    file: RECEIVE,
    find: "    requireType(request.raw, types);\n",
    replace: "",
    tests: [...BODY_TESTS, ...GUARD_TESTS],
  },
  {
    name: "bodies: declared length",
    file: RECEIVE,
    find: "      refuseDeclaredLength(request.raw, maxReceived);\n",
    replace: "",
    tests: BODY_TESTS,
  },
  {
    name: "bodies: length as it comes",
    file: RECEIVE,
    find: "        if (bytes > maxBytes) throw tooLarge(maxBytes);\n        room.holdBody(bytes);",
    replace: "        room.holdBody(bytes);",
    tests: BODY_TESTS,
  },
  {
    name: "bodies: length after decompression",
    file: RECEIVE,
    find: "              if (bytes > maxBytes) throw tooLarge(maxBytes);\n              room.holdBody(received",
    replace: "              room.holdBody(received",
    tests: BODY_TESTS,
  },
  {
    name: "bodies: one whole compressed stream",
    file: DECOMPRESS,
    find: "if (stream.bytesWritten === compressed.byteLength) resolve",
    replace: "if (true) resolve",
    tests: BODY_TESTS,
  },
  {
    name: "bodies: slowest rate",
    file: RECEIVE,
    find: "if (bytesUntilNow() < seconds * MIN_BODY_BYTES_PER_SECOND)",
    replace: "if (false)",
    tests: BODY_TESTS,
  },
  {
    name: "bodies: room of all together",
    file: ROOMS,
    find: "    if (all > ofRequest && all > this.#maxBodyBytes) throw busy();\n",
    replace: "",
    tests: BODY_TESTS,
  },
  {
    name: "bodies: room is given back",
    file: ROOMS,
    find: "    this.#bodyBytes -= room.bodyBytes;\n",
    replace: "",
    tests: BODY_TESTS,
  },
  {
    name: "bodies: heap for what is parsed, one alone",
    file: ROOMS,
    find: "if (ofRequest > this.#maxParsedBytes) {",
    replace: "if (bytes < 0) {",
    tests: BODY_TESTS,
  },
  {
    name: "bodies: heap for what is parsed, all together",
    file: ROOMS,
    find: "    if (this.#parsedBytes + bytes > this.#maxParsedBytes) throw busy();\n",
    replace: "",
    tests: BODY_TESTS,
  },
  {
    name: "bodies: heap for what was parsed is given back",
    file: ROOMS,
    find: "    this.#parsedBytes -= room.parsedBytes;\n",
    replace: "",
    tests: BODY_TESTS,
  },
  {
    name: "bodies: admitted before they are parsed",
    file: RECEIVE,
    find: "  admit(values);\n",
    replace: "",
    tests: BODY_TESTS,
  },
  { name: "bodies: UTF-8", file: RECEIVE, find: "if (!isUtf8(body))", replace: "if (false)", tests: BODY_TESTS },
  { name: "JSON: depth", file: SCAN, find: `if (depth > maxDepth) return "too deep";`, replace: "", tests: BODY_TESTS },
  {
    name: "JSON: values",
    file: SCAN,
    find: `if (nodes > maxNodes) return "too many values";`,
    replace: "",
    tests: BODY_TESTS,
  },
  {
    name: "JSON: names",
    file: SCAN,
    find: `if (lastStringBytes > MAX_KEY_BYTES) return "key too long";`,
    replace: "",
    tests: BODY_TESTS,
  },
  {
    name: "blobs: size of what is restored",
    file: BLOB,
    find: "if (this.#bytes > maxBytes) throw",
    replace: "if (false) throw",
    tests: BLOB_TESTS,
  },
  {
    name: "blobs: depth of what is restored",
    file: BLOB,
    find: "if (this.#depth >= MAX_PAYLOAD_DEPTH) throw",
    replace: "if (false) throw",
    tests: BLOB_TESTS,
  },
  {
    name: "blobs: circles",
    file: BLOB,
    find: "if (this.#underWay.has(name)) throw",
    replace: "if (false) throw",
    tests: BLOB_TESTS,
  },
  {
    name: "blobs: places of runs",
    file: BLOB,
    find: "if (this.isExhausted) throw",
    replace: "if (false) throw",
    tests: BLOB_TESTS,
  },
  {
    name: "store: bytes of one payload",
    file: BOUNDS,
    find: "if (bytes > MAX_STORED_PAYLOAD_BYTES)",
    replace: "if (false)",
    tests: ["packages/collector/src/store/sqlite/sqlite-trace-store.test.ts"],
  },
  {
    name: "store: values of one payload",
    file: BOUNDS,
    find: "if (values > MAX_STORED_PAYLOAD_VALUES)",
    replace: "if (false)",
    tests: ["packages/collector/src/store/sqlite/sqlite-trace-store.test.ts"],
  },
  {
    name: "store: length of a name",
    file: BOUNDS,
    find: `  refuseLong(id, "name", name, MAX_NAME_BYTES);\n`,
    replace: "",
    tests: ["packages/collector/src/store/sqlite/sqlite-trace-store.test.ts"],
  },
];

export function guardNamed(name) {
  const guard = GUARDS.find((candidate) => candidate.name === name);
  if (guard === undefined) throw new Error(`no guard is named ${JSON.stringify(name)}`);
  return guard;
}

/** The file's text with one guard out of its place. @throws Error when the list is not what stands in the file */
export function withoutGuard({ name, file, find, replace }, code) {
  if (code.split(find).length !== 2) throw new Error(`${name}: its text must stand once in ${file}`);
  return code.replace(find, () => replace);
}
