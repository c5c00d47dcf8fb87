/** What conversations cost on the wire to the collector, and that nothing is lost whatever the collector forgets. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Collector, createCollector } from "@everspan/collector";
import { CollectorExporter, type CollectorExporterOptions, type Trace, Tracer } from "everspan";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "./collector-process.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: Collector;
let tracers: Tracer[];
let directories: number;

beforeEach(async () => {
  folder = await temporaryFolder();
  tracers = [];
  directories = 0;
  collector = await startCollector();
});
afterEach(async () => {
  await Promise.all(tracers.map((tracer) => tracer.shutdown({ timeoutMs: 1_000 })));
  await collector.close();
  await folder.remove();
});

/** On a fresh directory. */
function startCollector(options: { port?: number; keptBlobBytes?: number } = {}): Promise<Collector> {
  directories += 1;
  return createCollector({ port: 0, ...options, dataDirectory: join(folder.path, `store-${directories}`) });
}

/** The same address, and nothing of what was there. */
async function loseEverything(): Promise<void> {
  const port = Number(new URL(collector.url).port);
  await collector.close();
  await rm(join(folder.path, `store-${directories}`), { recursive: true });
  collector = await startCollector({ port });
}

type Transport = NonNullable<CollectorExporterOptions["transport"]>;

interface Exchange {
  readonly format: string;
  readonly bytes: number;
  readonly status: number;
}

/** Tells what went over the wire. */
class WatchedTransport implements Transport {
  readonly batches: Exchange[] = [];
  /** A collector of a version that knows nothing of version 2. */
  isOfVersion1 = false;

  async send({ url, method, headers, body }: Parameters<Transport["send"]>[0]) {
    const text = Buffer.concat(body).toString();
    const isBatch = url.endsWith("/batch");
    const { format } = isBatch ? (JSON.parse(text) as { format: string }) : { format: "" };
    const refuses = this.isOfVersion1 && isBatch && format !== "everspan/1";
    const response = refuses
      ? new Response("{}", { status: 422 })
      : await fetch(url, { method, headers, ...(text !== "" && { body: text }) });
    const answer = Buffer.from(await response.arrayBuffer());
    if (isBatch) this.batches.push({ format, bytes: text.length, status: response.status });
    return { status: response.status, headers: {}, body: answer, bodyTruncated: false };
  }

  async close(): Promise<void> {}

  get bytes(): number {
    return this.batches.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get statuses(): number[] {
    return this.batches.map(({ status }) => status);
  }
}

class Agent {
  readonly transport = new WatchedTransport();
  readonly exporter = new CollectorExporter({ url: collector.url, transport: this.transport });
  readonly tracer = new Tracer({ exporters: [this.exporter] });
  readonly trace: Trace = this.tracer.startTrace();
  readonly #messages: { role: string; content: string }[] = [{ role: "system", content: "Be careful. ".repeat(200) }];
  /** What each step recorded. */
  readonly inputs: unknown[] = [];

  constructor() {
    tracers.push(this.tracer);
  }

  /** Each step sends all messages again, and is on its way before the next one begins, unless they are in a burst. */
  async converse(steps: number, inBurst = false): Promise<void> {
    for (let step = 0; step < steps; step++) {
      this.#messages.push({ role: "user", content: `${this.inputs.length} ${"seen ".repeat(100)}` });
      const input = { messages: [...this.#messages] };
      this.inputs.push(input);
      this.trace.startSpan(`step ${this.inputs.length}`, { type: "COMPLETION", input }).end();
      if (!inBurst) await this.arrive();
    }
    await this.arrive();
  }

  async arrive(): Promise<void> {
    expect(await this.tracer.flush()).toMatchObject({ ok: true });
  }

  /** What the collector has of the steps from this one on. */
  async expectStored(from = 0): Promise<void> {
    const spans = await this.exporter.reader.listSpans(this.trace.id);
    const inputs = new Map(spans.map(({ name, input }) => [name, input]));
    const steps = this.inputs.slice(from);
    expect(steps.map((_, i) => inputs.get(`step ${from + i + 1}`))).toEqual(steps);
    expect(this.tracer.stats().lanes.collector).toMatchObject({ retries: 0, splits: 0, pending: { queued: 0 } });
  }
}

describe("a conversation", () => {
  test("costs what is new in each step: twice the steps, about twice the bytes, on the wire and in the store", async () => {
    const costs: { wire: number; stored: number }[] = [];
    for (const steps of [100, 200]) {
      await loseEverything();
      const agent = new Agent();
      await agent.converse(steps);
      await agent.expectStored();
      const { storedBytes } = (await (await fetch(`${collector.url}/api/stats`)).json()) as { storedBytes: number };
      costs.push({ wire: agent.transport.bytes, stored: storedBytes });
    }
    const [short, long] = costs;
    expect(long!.wire / short!.wire).toBeLessThan(2.2);
    expect(long!.stored / short!.stored).toBeLessThan(2.4);
  });

  test("in a burst, with many requests at the same time, arrives whole", async () => {
    const agent = new Agent();
    await agent.converse(3);
    await Promise.all([agent.converse(300, true), agent.converse(0)]);
    await agent.expectStored();
    expect(new Set(agent.transport.statuses)).toEqual(new Set([200]));
  });

  test("of two exporters to one collector: each leaves out what it sent itself", async () => {
    const agents = [new Agent(), new Agent()];
    await Promise.all(agents.map((agent) => agent.converse(20)));
    for (const agent of agents) {
      await agent.expectStored();
      expect(new Set(agent.transport.statuses)).toEqual(new Set([200]));
    }
    expect(agents[0]!.transport.bytes).toBeGreaterThan(20 * 500);
  });
});

describe("a collector", () => {
  test("that lost everything refuses one batch, and gets it whole immediately", async () => {
    const agent = new Agent();
    await agent.converse(20);
    await loseEverything();
    const before = agent.transport.batches.length;
    await agent.converse(20);
    expect(agent.transport.statuses.slice(before).filter((status) => status !== 200)).toEqual([409]);
    expect(agent.transport.statuses[before]).toBe(409);
    await agent.expectStored(20);
  });

  test("that loses everything with many requests under way refuses each once at most", async () => {
    const agent = new Agent();
    await agent.converse(30);
    await loseEverything();
    await agent.converse(300, true);
    const { statuses } = agent.transport;
    expect(statuses.filter((status) => status === 409).length).toBeLessThanOrEqual(16);
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
    await agent.expectStored(30);
  });

  test.each([0, 5_000, 20_000])("that keeps %d bytes costs bytes, and no span", async (keptBlobBytes) => {
    await collector.close();
    collector = await startCollector({ keptBlobBytes });
    const agents = [new Agent(), new Agent(), new Agent()];
    await Promise.all(agents.map((agent) => agent.converse(40)));
    for (const agent of agents) {
      await agent.expectStored();
      expect(agent.transport.statuses.filter((status) => status === 409).length).toBeLessThanOrEqual(15);
    }
  });

  test("of version 1 gets version 1, whenever it took the place of a newer one", async () => {
    const agent = new Agent();
    await agent.converse(5);
    agent.transport.isOfVersion1 = true;
    await loseEverything();
    await agent.converse(1);
    expect(agent.transport.batches.at(-1)).toMatchObject({ format: "everspan/1", status: 200 });
    expect(agent.transport.statuses.filter((status) => status === 422)).toHaveLength(1);
    await agent.expectStored(5);
  });
});
