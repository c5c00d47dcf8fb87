import type { LaneStats } from "../contract/account.ts";
import type { Lane, Revision } from "./core/index.ts";

/** A copy of the lane's account, as the application reads it. */
export function laneStats<R extends Revision>(lane: Lane<R>): LaneStats {
  const { ledger } = lane;
  return {
    created: ledger.created,
    recovered: ledger.recovered,
    delivered: ledger.delivered,
    coalesced: ledger.coalesced,
    dropped: { ...ledger.dropped },
    pending: { queued: ledger.queued, spooled: ledger.spooled, inFlight: ledger.inFlight },
    maybeDelivered: ledger.maybeDelivered,
    shedPayloads: ledger.shedPayloads,
    requests: lane.requests,
    retries: lane.retries,
    splits: lane.splits,
    state: lane.state,
    ...(lane.lastError === undefined ? {} : { lastError: lane.lastError }),
  };
}
