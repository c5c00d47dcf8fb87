/** A back end of SGP's shape on loopback that keeps what arrives. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface SpanBackEnd extends AsyncDisposable {
  readonly url: string;
  /** Names of the spans that arrived, each once, whatever their phase. */
  readonly names: () => readonly string[];
  readonly requests: () => number;
}

export async function startSpanBackEnd(): Promise<SpanBackEnd> {
  const names = new Set<string>();
  let requests = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests += 1;
      const { items } = JSON.parse(Buffer.concat(chunks).toString()) as { items: { name: string }[] };
      for (const { name } of items) names.add(name);
      response.setHeader("content-type", "application/json").end('{"items":[]}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    names: () => [...names],
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
