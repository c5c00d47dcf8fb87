/**
 * The back end of the lean build's programs: a server for batches that fails as its path says, and what it has taken.
 * `/busy` refuses each third request, `/picky` whatever holds a span named `bad`, `/hang` never answers.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";

export async function startBackEnd() {
  const spans = new Map();
  let requests = 0;
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    requests += 1;
    if (request.url.startsWith("/hang")) return;
    response.statusCode = 200;
    const bytes = Buffer.concat(chunks);
    const batch = JSON.parse(request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes);
    if (request.url.startsWith("/busy") && requests % 3 === 1) response.statusCode = 503;
    // A heartbeat has no spans.
    batch.spans ??= [];
    if (request.url.startsWith("/picky") && batch.spans.some(({ name }) => name === "bad")) response.statusCode = 422;
    if (response.statusCode === 200) for (const span of batch.spans) take(spans, span);
    response.end('{"accepted":0,"rejected":[]}');
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    spans,
    get requests() {
      return requests;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An END says all that its START said. */
function take(spans, span) {
  if (spans.get(span.id)?.phase !== "ended") spans.set(span.id, span);
}

/** What holds at every moment. */
export function assertExact({ lanes }, what) {
  for (const lane of Object.values(lanes)) {
    const dropped = Object.values(lane.dropped).reduce((sum, count) => sum + count, 0);
    const { queued, spooled, inFlight } = lane.pending;
    assert.equal(
      lane.created + lane.recovered,
      lane.delivered + lane.coalesced + dropped + queued + spooled + inFlight,
      `${what}: ${JSON.stringify(lane)}`,
    );
  }
}
