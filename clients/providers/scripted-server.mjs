/**
 * A server on loopback for one client's features: what it answers is the client's to say, and `next` says what becomes of the
 * coming requests instead: a status, "torn" for a stream that breaks after its first piece, "hang" for one that stops there.
 */
import http from "node:http";

/**
 * @param answer what a request gets: `(url, body, headers)` to `{ json }` or `{ pieces, type }`
 * @param refusal the body of a refusal
 */
export function scriptedServer(answer, refusal) {
  return async () => {
    const requests = [];
    const next = [];
    const server = http.createServer(async (request, reply) => {
      reply.sendDate = false;
      let text = "";
      for await (const part of request) text += part;
      // A form is no JSON, and the borders in it are drawn anew each time.
      const isForm = String(request.headers["content-type"]).startsWith("multipart/");
      const body = isForm ? {} : JSON.parse(text || "{}");
      const entry = { method: request.method, url: request.url, body };
      requests.push(entry);
      const told = next.shift();
      if (typeof told === "number") {
        reply.writeHead(told, { "content-type": "application/json", "retry-after": "0" });
        return reply.end(JSON.stringify(refusal(told)));
      }
      const { json, pieces, type } = answer(request.url, body, request.headers);
      if (pieces === undefined)
        return reply.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(json));
      reply.writeHead(200, { "content-type": type });
      reply.on("close", () => {
        if (told === "hang") entry.closedEarly = true;
      });
      for (const [index, piece] of pieces.entries()) {
        reply.write(piece);
        if (index > 0 || typeof told !== "string") continue;
        if (told === "hang") return;
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (told === "torn") return request.socket.destroy();
      }
      reply.end();
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
      url: `http://127.0.0.1:${server.address().port}`,
      requests,
      next,
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    };
  };
}
