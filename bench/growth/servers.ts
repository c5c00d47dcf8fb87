/** Back ends for the cost-growth bench: one that counts bytes, one that never answers. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request as forward, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCollector } from "@everspan/collector";

export type CountBytes = (send: (url: string) => Promise<void>) => Promise<number>;

/** Bytes of bodies that reach a back end which takes everything. */
export const bytesReceived: CountBytes = (send) =>
  countBytes(send, (_, response) => response.writeHead(200, { "content-type": "application/json" }).end("{}"));

/** Bytes of bodies on their way to a real collector, which answers what it keeps. */
export const bytesToCollector: CountBytes = async (send) => {
  const directory = mkdtempSync(join(tmpdir(), "everspan-growth-"));
  const collector = await createCollector({ dataDirectory: directory, port: 0 });
  try {
    return await countBytes(send, ({ method, url, headers }, response, body) => {
      const { host: _, ...rest } = headers;
      const onward = forward(collector.url + url, { method, headers: rest }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on("error", () => response.destroy());
      onward.end(body);
    });
  } finally {
    await collector.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

type Answer = (...args: [...Parameters<RequestListener>, body: Buffer]) => void;

async function countBytes(send: (url: string) => Promise<void>, answer: Answer): Promise<number> {
  let bytes = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
    });
    request.on("end", () => answer(request, response, Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
  return bytes;
}

/** Answers nothing until it refuses all: with no connection at all a peer would try again for long. */
export async function startDeafServer(): Promise<{ url: string; refuse: () => void; stop: () => void }> {
  let refuse = () => {};
  const refused = new Promise<void>((resolve) => {
    refuse = resolve;
  });
  const server = createServer((request, response) => {
    request.resume();
    void refused.then(() => response.writeHead(400).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, refuse, stop };
}
