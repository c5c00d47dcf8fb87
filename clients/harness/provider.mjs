/**
 * A model provider on loopback that answers with recorded exchanges. A client is pointed at `<url>/<name>`: its requests
 * get the recording's responses one after the other.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const RECORDINGS = new URL("../../packages/reading/fixtures/recordings/", import.meta.url);

/** Runs that are made of several recordings. */
const RUNS = { "ai-sdk-tools": ["ai-sdk-agent-tool-call", "openai-responses-cached"] };

export function recording(name) {
  return JSON.parse(readFileSync(new URL(`${name}.json`, RECORDINGS), "utf8"));
}

export async function startProvider() {
  const served = new Map();
  const requests = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const name = request.url.split("/")[1];
    const exchanges = (RUNS[name] ?? [name]).flatMap(recording);
    const at = served.get(name) ?? 0;
    served.set(name, at + 1);
    requests.push({ name, url: request.url, body: text === "" ? null : JSON.parse(text) });
    const { status, contentType, body } = exchanges[at % exchanges.length].response;
    response.writeHead(status, { "content-type": contentType });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
