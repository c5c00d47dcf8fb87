import type { LaneState, LaneStats } from "../contract/account.ts";
import type { LedgerView } from "../contract/ledger.ts";

/** What is read of a lane. */
interface AccountedLane {
  readonly ledger: LedgerView;
  readonly requests: { readonly begun: number; readonly begunAgain: number; readonly splits: number };
  readonly state: LaneState;
  readonly lastError: string | undefined;
}

/** A copy of the lane's account, as the application reads it. */
export function laneStats({ ledger, requests, state, lastError }: AccountedLane): LaneStats {
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
