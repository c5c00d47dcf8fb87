/** A back end of SGP's shape on loopback that keeps what arrives. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fromSgpItem, mergeSnapshots, type SpanSnapshot } from "@everspan/protocol";

export interface SpanBackEnd extends AsyncDisposable {
  readonly url: string;
  /** Names of the spans that arrived, each once, whatever their phase. */
  readonly names: () => readonly string[];
  /** What stands for each span id, by the merge rule. */
  readonly spans: ReadonlyMap<string, SpanSnapshot>;
  readonly requests: () => number;
  /** From now on requests wait, and nothing of them counts as arrived, until `release`. */
  hold(): void;
  release(): void;
}

export async function startSpanBackEnd(): Promise<SpanBackEnd> {
  const names = new Set<string>();
  const spans = new Map<string, SpanSnapshot>();
  let requests = 0;
  let held: (() => void)[] | undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => (held === undefined ? answer() : held.push(answer)));
    const answer = () => {
      requests += 1;
      const { items } = JSON.parse(Buffer.concat(chunks).toString()) as { items: { name: string }[] };
      for (const item of items) {
        names.add(item.name);
        const decoded = fromSgpItem(item);
        if (!decoded.ok) continue;
        const { snapshot } = decoded;
        spans.set(snapshot.id, mergeSnapshots(spans.get(snapshot.id), snapshot).winner);
      }
      response.setHeader("content-type", "application/json").end('{"items":[]}');
    };
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    names: () => [...names],
    spans,
    requests: () => requests,
    hold() {
      held = [];
    },
    release() {
      const waiting = held ?? [];
      held = undefined;
      for (const answer of waiting) answer();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
