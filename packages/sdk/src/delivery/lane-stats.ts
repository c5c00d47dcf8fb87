import type { LaneStats } from "../contract/account.ts";
import type { CoreRecord, Lane } from "./core/index.ts";

/** A copy of the lane's account, as the application reads it. */
export function laneStats<R extends CoreRecord>({ ledger, requests, state, lastError }: Lane<R>): LaneStats {
  return {
    created: ledger.created,
    recovered: ledger.recovered,
    delivered: ledger.delivered,
    coalesced: ledger.coalesced,
    dropped: { ...ledger.dropped },
    pending: { queued: ledger.queued, spooled: ledger.spooled, inFlight: ledger.inFlight },
    maybeDelivered: ledger.maybeDelivered,
    inherited: { dropped: ledger.inheritedDropped, maybeDelivered: ledger.inheritedMaybeDelivered },
    shedPayloads: ledger.shedPayloads,
    requests: requests.begun,
    retries: requests.begunAgain,
    splits: requests.splits,
    state,
    ...(lastError === undefined ? {} : { lastError }),
  };
}
