/** From a time in a chart to the runs of it. */
import { withTerm } from "../../model/runs/run-filter.ts";
import { listAddress } from "./list-address.ts";
import { navigate } from "./location.ts";

export function toRunsOf(fromMs: number, toMs: number): void {
  navigate(listAddress({ q: withTime("", fromMs, toMs) }));
}

export function withTime(filter: string, fromMs: number, toMs: number): string {
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  return withTerm(withTerm(filter, "from", from), "to", to);
}
