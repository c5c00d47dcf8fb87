/** Serves requests; asks a model for each, by `fetch` alone. Says its address, ends by its own handler of SIGTERM. */
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  const body = JSON.stringify({ model: "gpt-4", messages: [{ role: "user", content: request.url }] });
  const answer = await fetch(`${process.env.PROVIDER}/chat/completions`, { method: "POST", body });
  response.end(await answer.text());
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
process.once("SIGTERM", () => {
  server.close(() => process.exit(5));
  server.closeIdleConnections();
});
