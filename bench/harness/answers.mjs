/** What each protocol wants to hear, so that its tracer believes that it talks to the back end it knows. */

const JSON_TYPE = { "content-type": "application/json" };
const PROJECT = { id: "00000000-0000-4000-8000-000000000001", name: "bench", org_id: "org" };

/** LangSmith's batch limits, as its service answers them. */
const LANGSMITH_INFO = {
  version: "0.11.0",
  instance_flags: { gzip_body_enabled: true },
  batch_ingest_config: { use_multipart_endpoint: true, size_limit: 100, size_limit_bytes: 20_971_520 },
};

/** @returns status, headers and body for a request that was taken */
export function answerFor({ method, path, contentType, origin }) {
  if (path.endsWith("/v1/traces") && contentType.includes("protobuf")) {
    return { status: 200, headers: { "content-type": "application/x-protobuf" }, body: "" };
  }
  if (path === "/api/apikey/login") {
    return json({ org_info: [{ id: "org", name: "bench", api_url: origin, proxy_url: origin }] });
  }
  if (path === "/api/project/register") return json({ project: PROJECT });
  if (path === "/version") return json({ version: "1", logs3_payload_max_bytes: null });
  if (path === "/info" && method === "GET") {
    return json({ ...LANGSMITH_INFO, endpoints: ["/v0.4/traces"], client_drop_p0s: false });
  }
  if (path.startsWith("/v0.4/")) return json({ rate_by_service: { "service:,env:": 1 } });
  if (path.startsWith("/runs")) return { status: 202, headers: JSON_TYPE, body: "{}" };
  return json({});
}

/** Only these carry spans: latency, faults and counts are for them. Questions about the service are answered immediately. */
export function carriesSpans({ method, path }) {
  if (method === "GET" || path.startsWith("/api/apikey") || path.startsWith("/api/project")) return false;
  return !path.startsWith("/telemetry");
}

function json(value) {
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify(value) };
}
