/** Signs of life of the processes that send spans, and what is known of them. */
import { decodeHeartbeat, type ProducerListResponse, type ProducerState } from "@everspan/protocol";
import type { Clock } from "../clock.ts";
import { HttpError, json } from "../http/answer.ts";
import type { Route, RouteRequest } from "../http/router.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { BodyReceiver } from "../ingest/receive.ts";
import { DEFAULT_PRODUCER_PAGE, MAX_PRODUCER_PAGE } from "../limits.ts";
import { DEFAULT_PROJECT } from "../project.ts";
import type { ProducerQuery, ProducerStore } from "../store/trace-store.ts";

const STATES: readonly ProducerState[] = ["running", "idle", "stalled", "lost", "ended"];

export function producerRoutes(receiver: BodyReceiver, ingest: Ingest, reader: ProducerStore, clock: Clock): Route[] {
  const takeHeartbeat = async (request: RouteRequest) => {
    const decoded = decodeHeartbeat(await receiver.receiveJson(request));
    if (!decoded.ok) throw new HttpError(decoded.status, "INVALID_HEARTBEAT", decoded.message);
    const { producer: report, goodbye } = decoded.heartbeat;
    await ingest.report(DEFAULT_PROJECT, { report, final: goodbye, receivedAtMs: clock.wallMs(), service: null });
    return json({});
  };
  const list = async (request: RouteRequest) => {
    const answer: ProducerListResponse = {
      producers: await reader.listProducers(DEFAULT_PROJECT, readProducerQuery(request.query)),
    };
    return json(answer);
  };
  return [
    {
      method: "POST",
      pattern: "/v1/everspan/heartbeat",
      scope: "ingest",
      summary: "Everspan: a sign of life of a process that has spans open, or its goodbye.",
      handler: takeHeartbeat,
    },
    {
      method: "GET",
      pattern: "/api/producers",
      scope: "read",
      summary: "The processes that sent spans, those heard last first, and what each lost; limit, state.",
      handler: list,
    },
  ];
}

/** @throws HttpError 400 that names the field */
function readProducerQuery(query: URLSearchParams): ProducerQuery {
  for (const name of query.keys()) {
    if (name !== "limit" && name !== "state") throw badQuery(`${name} is not a filter; known are limit, state`);
  }
  const limit = Number(query.get("limit") || DEFAULT_PRODUCER_PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PRODUCER_PAGE) {
    throw badQuery(`limit must be a whole number from 1 to ${MAX_PRODUCER_PAGE}`);
  }
  const text = query.get("state");
  if (text === null || text === "") return { limit };
  const state = STATES.find((known) => known === text);
  if (state === undefined) throw badQuery(`state must be one of ${STATES.join(", ")}`);
  return { limit, states: [state] };
}

function badQuery(message: string): HttpError {
  return new HttpError(400, "BAD_QUERY", message);
}
