/** A back end for benches, in a process of its own: takes every request, counts what came, answers immediately. Prints its port. */
import { createServer } from "node:http";

let requests = 0;
let bytes = 0;

const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.end(JSON.stringify({ requests, bytes }));
    return;
  }
  request.on("data", (chunk) => {
    bytes += chunk.length;
  });
  request.on("end", () => {
    requests += 1;
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.on("disconnect", () => process.exit());
