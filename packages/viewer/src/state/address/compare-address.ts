/**
 * Two runs side by side, or two steps, of one run or of two: `/compare?a=<trace>&b=<trace>&from=<span>&to=<span>`.
 */
export interface CompareView {
  readonly a: string;
  readonly b: string;
  /** Ids of the spans whose calls are compared; null: the runs are. */
  readonly steps: { readonly from: string; readonly to: string } | null;
}

export function compareAddress(a: string, b: string): string {
  return `/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`;
}

export interface StepPlace {
  readonly traceId: string;
  readonly spanId: string;
}

export function compareStepsAddress(from: StepPlace, to: StepPlace): string {
  const steps = `from=${encodeURIComponent(from.spanId)}&to=${encodeURIComponent(to.spanId)}`;
  return `${compareAddress(from.traceId, to.traceId)}&${steps}`;
}

export function readCompareAddress({ searchParams }: URL): CompareView {
  const [from, to] = [searchParams.get("from"), searchParams.get("to")];
  return {
    a: searchParams.get("a") ?? "",
    b: searchParams.get("b") ?? "",
    steps: from === null || to === null ? null : { from, to },
  };
}
