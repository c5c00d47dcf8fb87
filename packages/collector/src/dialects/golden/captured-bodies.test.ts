/**
 * Bodies that real instrumentations sent, posted to a collector and read from its API: each span must come out as
 * `expected-bodies.ts` says, and each model call as the provider's own bodies read.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { parseJsonNumbers, type StoredSpan } from "@everspan/protocol";
import { describe, expect, test } from "vitest";
import { CollectorFixture } from "../../testing/collector-fixture.ts";
import { type Arrived, checkTrace, type TraceSummary } from "./check-body.ts";
import { expectedBodies } from "./expected-bodies.ts";
import type { Exchange } from "./normal-form.ts";

interface Corpus {
  readonly name: string;
  /** Holds `otlp/` and `recordings/`. */
  readonly directory: URL;
  /** Whether it holds every body that is expected. */
  readonly isWhole: boolean;
}

const CORPORA: readonly Corpus[] = [
  // Captures lie beside the project, where there are any: they are not the project's own.
  {
    name: "captured beside the project",
    directory: new URL("../../../../../../shared/data/", import.meta.url),
    isWhole: true,
  },
  {
    name: "captured from the programs under clients/",
    directory: new URL("../../../../reading/fixtures/", import.meta.url),
    isWhole: false,
  },
];

function bodiesOf(file: URL): readonly { readonly bytes: Uint8Array | string; readonly type: string }[] {
  const bytes = readFileSync(file);
  if (file.pathname.endsWith(".bin")) return [{ bytes, type: "application/x-protobuf" }];
  const parsed: unknown = JSON.parse(bytes.toString());
  return (Array.isArray(parsed) ? parsed : [parsed]).map((item: { body?: unknown }) => ({
    bytes: JSON.stringify(item.body ?? item),
    type: "application/json",
  }));
}

async function arrive(file: URL): Promise<Arrived> {
  const fixture = await CollectorFixture.start();
  try {
    for (const { bytes, type } of bodiesOf(file)) {
      const response = await fixture.send("POST", "/v1/traces", bytes, { "content-type": type });
      expect(response.status).toBe(200);
    }
    const { traces } = (await (await fixture.get("/api/traces")).json()) as { traces: TraceSummary[] };
    expect(traces).toHaveLength(1);
    const answer = await fixture.get(`/api/traces/${traces[0]!.traceId}?payloads=full`);
    const { spans } = parseJsonNumbers(await answer.text()) as { spans: StoredSpan[] };
    return { trace: traces[0]!, spans };
  } finally {
    await fixture.stop();
  }
}

describe.each(CORPORA)("bodies $name", ({ directory, isWhole }) => {
  const folder = new URL("otlp/", directory);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith(".md")) : [];
  const recordings = (name: string) =>
    (JSON.parse(readFileSync(new URL(`recordings/${name}.json`, directory), "utf8")) as Exchange[])[0]!;
  const sumCall = () => /"call_id\\?": ?\\?"(\w+)/.exec(recordings("ai-sdk-agent-tool-call").response.body)![1]!;

  test.skipIf(files.length === 0)("are expected, and none is missing", () => {
    const names = files.map((name) => name.replace(/\.\w+$/, "")).sort();
    const expected = Object.keys(expectedBodies({ sumCall: "" })).sort();
    expect(names).toEqual(isWhole ? expected : expected.filter((name) => names.includes(name)));
  });

  test.each(files)("%s", async (name) => {
    const expected = expectedBodies({ sumCall: sumCall() })[name.replace(/\.\w+$/, "")]!;
    checkTrace(await arrive(new URL(name, folder)), expected, recordings);
  });
});
