import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sgpItem } from "../testing/collector-fixture.ts";
import { CliProcess } from "../testing/serve-process.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-heap-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const SPANS = 800;
/** Of one body, whose objects take several times as much. */
const BODY_BYTES = 8_000_000;
const AT_ONCE = 16;

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly code: string | undefined;
}

/** What the collector says, also where it closes before it has read all. */
function put(url: string, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": body.byteLength, expect: "100-continue" };
    const sent = request(`${url}/v5/spans/batch`, { method: "PUT", headers }, (response) => {
      const { statusCode: status = 0, headers: given } = response;
      let text = "";
      const settle = () =>
        resolve({ status, retryAfter: given["retry-after"], code: /"code":"(\w+)"/.exec(text)?.[1] });
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", settle).on("error", settle);
    });
    sent.on("continue", () => sent.end(body));
    sent.on("error", reject);
  });
}

function bodyOf(trace: string): Buffer {
  const texts = Array.from({ length: BODY_BYTES / SPANS / 50 }, (_, index) =>
    `value ${index} `.padEnd(47, "of a text "),
  );
  const items = Array.from({ length: SPANS }, (_, index) =>
    sgpItem({ id: `${trace}-${index}`, trace_id: trace, input: { texts } }),
  );
  return Buffer.from(JSON.stringify({ items }));
}

test.each([
  ["one process", []],
  ["workers", ["--readers", "1"]],
])(
  "S16 %s with a heap of 128 MB answers each of sixteen bodies of 8 MB, and has what it took",
  async (_how, args) => {
    const bounded = ["env", "NODE_OPTIONS=--max-old-space-size=128"];
    const collector = new CliProcess(["serve", "--port", "0", "--data", directory, "--no-sample", ...args], bounded);
    const url = await collector.listening();
    const traces = Array.from({ length: AT_ONCE }, (_, index) => `trace-${index}`);
    const answers = await Promise.all(traces.map(async (trace) => ({ trace, ...(await put(url, bodyOf(trace))) })));
    const taken = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(taken.length).toBeGreaterThan(0);
    expect(new Set(refused.map(({ status, code, retryAfter }) => `${status} ${code} ${retryAfter}`))).toEqual(
      new Set(refused.length === 0 ? [] : ["503 BUSY 1"]),
    );
    // Whoever comes again finds the room that was given back.
    const again = refused.slice(0, 2);
    for (const { trace } of again) expect(await put(url, bodyOf(trace))).toMatchObject({ status: 200 });
    for (const { trace } of [...taken, ...again]) {
      const found = await fetch(`${url}/v5/spans/${trace}-${SPANS - 1}`);
      expect([trace, found.status]).toEqual([trace, 200]);
      await found.arrayBuffer();
    }
    const { code, stderr } = await collector.kill("SIGTERM");
    expect(code).toBe(0);
    expect(stderr).not.toContain("out of memory");
  },
  60_000,
);
