/** The item of `PUT /v5/spans/batch`, for the probes: the same bytes as Everspan's. */
import { randomUUID } from "node:crypto";

export const BATCH_PATH = "/v5/spans/batch";
export const HEADERS = {
  "content-type": "application/json",
  "x-api-key": "bench",
  "x-selected-account-id": "bench",
};

export function startItem(name, input, parent) {
  return {
    id: randomUUID(),
    trace_id: parent?.trace_id ?? randomUUID().replaceAll("-", ""),
    ...(parent === undefined ? {} : { parent_id: parent.id }),
    name,
    type: "STANDALONE",
    start_timestamp: new Date().toISOString(),
    status: "SUCCESS",
    input,
    metadata: { __service_name__: "bench" },
  };
}

export function endItem(item, output) {
  item.end_timestamp = new Date().toISOString();
  item.output = output;
}
