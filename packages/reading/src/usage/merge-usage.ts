import type { TokenCounts, Usage, UsageConflict } from "../form/usage.ts";

/**
 * One usage from what several places of a span say, the most trusted first. Never a sum: what a later one adds is only
 * what the earlier ones do not say, and where two disagree on a total, that is told.
 */
export function mergeUsages(usages: readonly (Usage | undefined)[]): Usage | undefined {
  const known = usages.filter((usage) => usage !== undefined);
  if (known.length < 2) return known[0];
  return known.reduce(merged);
}

function merged(kept: Usage, other: Usage): Usage {
  const conflicts: UsageConflict[] = [...(kept.conflicts ?? [])];
  const result: Record<string, unknown> = { ...kept };
  for (const [key, value] of Object.entries(other)) {
    if (key === "conflicts") continue;
    const standing = result[key];
    if (standing === undefined) result[key] = value;
    else if (typeof standing === "number" && standing !== value) {
      conflicts.push({ field: key as keyof TokenCounts, kept: standing, other: value as number });
    }
  }
  return (conflicts.length === 0 ? result : { ...result, conflicts }) as Usage;
}
