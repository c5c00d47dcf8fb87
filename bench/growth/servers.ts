/** Back ends for the cost-growth bench: one that counts bytes, one that never answers. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export async function bytesReceived(send: (url: string) => Promise<void>): Promise<number> {
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"));
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
