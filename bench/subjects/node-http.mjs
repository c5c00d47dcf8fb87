/** Bodies over `node:http` with connections that are kept. */
import { Agent, request } from "node:http";
import { BATCH_PATH, HEADERS } from "./sgp-item.mjs";

/** @returns a function that sends pieces (buffers) as one body and resolves with the answer's status */
export function nodeHttpSender(url, concurrency) {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  return (pieces, method = "PUT") =>
    new Promise((resolve, reject) => {
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const headers = { ...HEADERS, "content-length": length };
      const sent = request(url + BATCH_PATH, { method, agent, headers }, (answer) => {
        answer.resume().on("end", () => resolve(answer.statusCode));
      });
      sent.on("error", reject);
      sent.cork();
      for (const piece of pieces) sent.write(piece);
      sent.end();
    });
}
