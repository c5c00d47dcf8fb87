/** What the Overview shows, as an address and back: `/overview?days=7&by=model`. */
import { AGGREGATE_GROUPS, type AggregateGroup } from "@everspan/protocol";

export const OVERVIEW_DAYS = [1, 7, 30, 90] as const;

export interface OverviewView {
  /** How far back, in days. */
  readonly days: (typeof OVERVIEW_DAYS)[number];
  readonly by: AggregateGroup;
}

const DEFAULT: OverviewView = { days: 7, by: "service" };

export function readOverviewAddress(url: URL): OverviewView {
  const days = Number(url.searchParams.get("days"));
  const by = url.searchParams.get("by");
  return {
    days: OVERVIEW_DAYS.find((known) => known === days) ?? DEFAULT.days,
    by: AGGREGATE_GROUPS.find((known) => known === by) ?? DEFAULT.by,
  };
}

export function overviewAddress({ days, by }: OverviewView): string {
  const query = new URLSearchParams();
  if (days !== DEFAULT.days) query.set("days", String(days));
  if (by !== DEFAULT.by) query.set("by", by);
  const text = query.toString();
  return text === "" ? "/overview" : `/overview?${text}`;
}
