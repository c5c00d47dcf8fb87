/**
 * A back end in a process of its own: takes what any of the tracers sends, answers after a while, and counts what
 * arrived by the marks in the bytes. Started by `BackEnd`; says its port, then does what it is told:
 *
 *   { fault: "none" | "503" | "hang" | "reset" }   from now on
 *   { report: true }                               answers with what came so far
 */
import { createServer } from "node:http";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { answerFor, carriesSpans } from "./answers.mjs";
import { MarkCounts } from "./markers.mjs";

const latencyMs = Number(process.argv[2] ?? 150);
const DECOMPRESS = { gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync };

const marks = new MarkCounts();
const sockets = new Set();
let closedBytes = 0;
let connections = 0;
let requests = 0;
let refused = 0;
let unreadable = 0;
let fault = "none";
let lastNewAtMs = 0;

const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
  const faultNow = fault;
  const path = request.url.split("?")[0];
  const about = { method: request.method, path, contentType: request.headers["content-type"] ?? "" };
  if (faultNow === "reset" && carriesSpans(about)) {
    request.socket.resetAndDestroy();
    return;
  }
  const body = await bodyOf(request);
  if (body === undefined) return;
  const answer = answerFor({ ...about, origin: `http://${request.headers.host}` });
  if (!carriesSpans(about)) {
    response.writeHead(answer.status, answer.headers).end(answer.body);
    return;
  }
  if (faultNow === "hang") return;
  if (faultNow === "503") {
    refused += 1;
    setTimeout(() => response.writeHead(503, { "retry-after": "1" }).end(), latencyMs);
    return;
  }
  requests += 1;
  setTimeout(() => response.writeHead(answer.status, answer.headers).end(answer.body), latencyMs);
  // The arrival is when a sender could know of it.
  if (count(body, request.headers["content-encoding"]) > 0) lastNewAtMs = Date.now() + latencyMs;
});

async function bodyOf(request) {
  const chunks = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}

function count(body, encoding) {
  try {
    return marks.add(encoding === undefined || encoding === "identity" ? body : DECOMPRESS[encoding](body));
  } catch {
    unreadable += 1;
    return 0;
  }
}

server.on("connection", (socket) => {
  connections += 1;
  sockets.add(socket);
  socket.on("error", () => {});
  socket.on("close", () => {
    sockets.delete(socket);
    closedBytes += socket.bytesRead;
  });
});

process.on("message", (message) => {
  if (message.fault !== undefined) fault = message.fault;
  if (message.report !== true) return;
  let wireBytes = closedBytes;
  for (const socket of sockets) wireBytes += socket.bytesRead;
  const { arrived, repeated, cut } = marks;
  process.send({ arrived, repeated, cut, requests, refused, unreadable, connections, wireBytes, lastNewAtMs });
});
process.on("disconnect", () => process.exit());

server.requestTimeout = 0;
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
