import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAX_CONNECTIONS_PER_ADDRESS, MAX_HEADER_BYTES } from "../limits.ts";
import { CollectorFixture, MANY_REQUESTS, requestHead, sgpItem } from "../testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
});
afterAll(() => fixture.stop());

describe("S3 X19 senders that keep connections and send nothing", () => {
  test("shut nobody out, however many they are: a newcomer takes the place of the oldest", async () => {
    const sockets = await Promise.all(Array.from({ length: MAX_CONNECTIONS_PER_ADDRESS + 20 }, () => openSocket()));
    expect((await fixture.get("/healthz")).status).toBe(200);
    await until(() => sockets.some((socket) => socket.destroyed || socket.closed));
    for (const socket of sockets) socket.destroy();
  });

  test("headers beyond their limit are 431", async () => {
    const lines = [`Host: 127.0.0.1:${fixture.port}`, `X: ${"x".repeat(MAX_HEADER_BYTES)}`];
    expect((await fixture.raw(requestHead("/healthz", lines))).status).toBe(431);
  });
});

test(`S7 ${MANY_REQUESTS} mutated bodies cause no crash, no 5xx, no pollution and leave the store whole`, {
  timeout: 300_000,
}, async () => {
  const random = seeded(20_260_131);
  const original = JSON.stringify({
    items: [
      sgpItem({
        id: "a",
        input: { messages: [{ role: "user", content: 'é😀\\"' }] },
        metadata: { n: 1.5, t: true, z: null },
      }),
      sgpItem({ id: "b", parent_id: "a", type: "COMPLETION", status: "ERROR", output: { list: [1, [2, [3]]] } }),
    ],
  });
  const routes = [
    ["PUT", "/v5/spans/batch"],
    ["POST", "/v5/spans/batch"],
    ["POST", "/spans"],
    ["PATCH", "/spans/a"],
    ["PATCH", "/v5/spans/a"],
    ["POST", "/v1/everspan/batch"],
  ] as const;
  const statuses = new Set<number>();
  const send = async () => {
    for (let i = 0; i < MANY_REQUESTS / 16; i++) {
      const [method, path] = routes[random(routes.length * 2) % routes.length]!;
      const answer = await fixture.send(method, path, mutate(original, random));
      await answer.arrayBuffer();
      statuses.add(answer.status);
    }
  };
  await Promise.all(Array.from({ length: 16 }, send));
  expect([...statuses].filter((status) => status >= 500)).toEqual([]);
  expect(statuses.has(200)).toBe(true);
  expect(statuses.has(400)).toBe(true);
  expect(Object.keys(Object.prototype)).toEqual([]);
  const { traces } = (await (await fixture.get("/api/traces?limit=500")).json()) as {
    traces: { traceId: string; spanCount: number }[];
  };
  for (const trace of traces) {
    const answer = await fixture.get(`/api/traces/${encodeURIComponent(trace.traceId)}?payloads=full`);
    if (answer.status === 400) continue; // An id that has no place in a path, e.g. one with a slash.
    expect(((await answer.json()) as { spans: unknown[] }).spans).toHaveLength(trace.spanCount);
  }
});

/** Flips, cuts, repeats or swaps parts of a body: its bytes at times, its JSON tokens at others. */
function mutate(text: string, random: (below: number) => number): Uint8Array | string {
  const kind = random(6);
  if (kind === 0) return text;
  if (kind === 1) {
    const bytes = Buffer.from(text);
    for (let i = 0; i <= random(3); i++) bytes[random(bytes.length)]! ^= 1 << random(8);
    return bytes;
  }
  if (kind === 2) return text.slice(0, random(text.length));
  const tokens = text.split(/(?<=[[\]{}:,])|(?=[[\]{}:,])/);
  const at = random(tokens.length);
  const values = [
    "null",
    "[]",
    "{}",
    "1e999",
    '"\\u0000"',
    "-1",
    "true",
    '"x"',
    '{"__proto__":{"polluted":1}}',
    "[[[[[[]]]]]]",
  ];
  if (kind === 3) tokens[at] = values[random(values.length)]!;
  else if (kind === 4) tokens.splice(at, 1 + random(3));
  else tokens.splice(at, 0, ...tokens.slice(random(tokens.length)).slice(0, 4));
  return tokens.join("");
}

/** Numbers that are the same in each run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function openSocket(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(fixture.port, "127.0.0.1", () => resolve(socket));
    socket.on("error", () => resolve(socket)).resume();
  });
}

/** Asks again each time the event loop has turned; the test's own time limit bounds it. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
