/** What every exporter promises, run against each. */
import type { SpanSnapshot } from "@everspan/protocol";
import type { ExportOutcome, SpanExporter } from "everspan";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ScriptedServer } from "./scripted-server.ts";

/** What arrived at the back end, read there and not from the exporter. */
export interface ArrivedSpan {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export interface ExporterFixture {
  readonly exporter: SpanExporter;
  /** Where the exporter sends to, when it sends over HTTP. It answers 200 as the back end would. */
  readonly server?: ScriptedServer;
  arrived(): Promise<readonly ArrivedSpan[]>;
  /** Makes the back end unreachable in its own way; for exporters without a server. */
  breakBackend?(): Promise<void>;
  close(): Promise<void>;
}

/** Cases that not every exporter can have. Leaving one out needs its name and a reason, which stands in the report. */
export type OptionalCase = "verdicts" | "abort" | "connections" | "unreachable" | "arrival";

export type OptOuts = Readonly<Partial<Record<OptionalCase, string>>>;

const HOSTILE_TEXT =
  'NUL \0 LF \n quote " back \\ ls \u2028 bidi \u202e emoji 😀 combining e\u0301 tag </script> 漢字 \u007f\u0080\uffff';

/** Length: a list of promises, a test each; they share one fixture. */
export function exporterContract(
  name: string,
  makeFixture: () => Promise<ExporterFixture>,
  optOuts: OptOuts = {},
): void {
  describe(`the exporter contract: ${name}`, /* Length: as above. */ () => {
    let fixture: ExporterFixture;
    beforeEach(async () => {
      fixture = await makeFixture();
    });
    afterEach(() => fixture.close());

    const send = (batch: readonly SpanSnapshot[], signal = new AbortController().signal): Promise<ExportOutcome> =>
      fixture.exporter.export(batch, { signal, attempt: 1 });
    const unless = (optional: OptionalCase, promise: string, run: () => Promise<void>) => {
      const reason = optOuts[optional];
      if (reason === undefined) test(promise, run);
      else test(`${promise} [not here: ${reason}]`, () => expect(reason).not.toBe(""));
    };

    test("a batch is delivered", async () => {
      expect(await send(spans(5))).toEqual({ kind: "delivered" });
      if (optOuts.arrival === undefined) {
        expect((await fixture.arrived()).map(({ id }) => id).sort()).toEqual(
          spans(5)
            .map(({ id }) => id)
            .sort(),
        );
      }
    });

    test("an empty batch is delivered, and nothing is sent", async () => {
      expect(await send([])).toEqual({ kind: "delivered" });
      expect(fixture.server?.requests ?? []).toEqual([]);
    });

    unless("arrival", "hostile text arrives character for character", async () => {
      const input = { [HOSTILE_TEXT]: [HOSTILE_TEXT, HOSTILE_TEXT.repeat(300)], __proto__x: { constructor: 1 } };
      expect(await send([span({ name: HOSTILE_TEXT, input })])).toEqual({ kind: "delivered" });
      const [arrived] = await fixture.arrived();
      expect(arrived).toEqual({ id: span({}).id, name: HOSTILE_TEXT, input });
    });

    test("the snapshots are left as they were", async () => {
      const batch = spans(3);
      const before = JSON.stringify(batch);
      await send(batch);
      expect(JSON.stringify(batch)).toBe(before);
    });

    unless("unreachable", "a back end that can't be reached makes it busy, and nothing is thrown", async () => {
      if (fixture.server === undefined) await fixture.breakBackend?.();
      else await fixture.server.close();
      expect((await send(spans(2))).kind).toMatch(/busy|misconfigured/);
    });

    unless("verdicts", "503 with Retry-After is busy with the server's wish", async () => {
      fixture.server!.answerAlways({ status: 503, headers: { "retry-after": "7" } });
      expect(await send(spans(2))).toMatchObject({ kind: "busy", retryAfterMs: 7_000 });
    });

    unless("verdicts", "400 is the fault of what was sent", async () => {
      fixture.server!.answerAlways({ status: 400, body: '{"message":"no such field"}' });
      const outcome = await send([span({})]);
      const isNamed = outcome.kind === "partial" && outcome.rejected.length === 1;
      expect(outcome.kind === "poison" || isNamed).toBe(true);
      expect(JSON.stringify(outcome)).toContain("no such field");
    });

    unless("verdicts", "413 is too large, 401 is a wrong configuration", async () => {
      fixture.server!.answerAlways({ status: 413 });
      expect(await send(spans(2))).toEqual({ kind: "tooLarge" });
      fixture.server!.answerAlways({ status: 401 });
      expect(await send(spans(2))).toMatchObject({ kind: "misconfigured", reason: expect.stringContaining("401") });
    });

    unless("abort", "an aborted attempt ends immediately", async () => {
      fixture.server!.answerAlways("hang");
      const controller = new AbortController();
      const outcome = send(spans(2), controller.signal);
      await fixture.server!.until(({ requests }) => requests.length > 0);
      controller.abort();
      const ended = await outcome;
      expect(ended).toMatchObject({ kind: "busy" });
      // All of the batch, or the positions that were under way.
      expect([true, [0, 1]]).toContainEqual((ended as { maybeDelivered?: unknown }).maybeDelivered);
    });

    unless("connections", "shutdown releases every connection", async () => {
      await Promise.all([send(spans(2)), send(spans(2))]);
      expect(fixture.server!.openConnections).toBeGreaterThan(0);
      await fixture.exporter.shutdown?.();
      await fixture.server!.until(({ openConnections }) => openConnections === 0);
    });

    test("shutdown resolves, also without an export before", async () => {
      await fixture.exporter.shutdown?.();
    });
  });
}

const DEFAULTS: SpanSnapshot = {
  phase: "ended",
  revision: 2,
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  id: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
  name: "search",
  type: "CODE_EXECUTION",
  startTime: "2026-01-31T12:00:00.000000Z",
  endTime: "2026-01-31T12:00:01.500000Z",
  status: "OK",
  input: { query: "hello" },
  output: { hits: 3 },
};

/** A deeply frozen ended snapshot. */
function span(fields: Partial<SpanSnapshot>): SpanSnapshot {
  return deepFreeze({ ...DEFAULTS, ...fields });
}

function spans(count: number): SpanSnapshot[] {
  return Array.from({ length: count }, (_, i) =>
    span({ id: `1b9d6bcd-bbfd-4b2d-9b5d-${String(i).padStart(12, "0")}`, name: `search ${i}` }),
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
