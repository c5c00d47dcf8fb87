import { defaultTracer } from "../../environment/default-tracer.ts";
import type { Tracer } from "../../recording/tracer.ts";
import type { OtelReadableSpan } from "./api.ts";
import { Bridge } from "./bridge.ts";
import { isGenAi } from "./gen-ai.ts";

export interface EverspanOtelOptions {
  /** Default: the process's default tracer, asked for at each span. */
  readonly tracer?: Tracer | undefined;
  /**
   * Which spans are recorded: `gen-ai`, those of models, tools and agents; `all`; or those that the function says, asked
   * when a span starts and again when it ends. The ancestors of what is recorded are recorded too. Default `gen-ai`.
   */
  readonly filter?: "gen-ai" | "all" | ((span: OtelReadableSpan) => boolean) | undefined;
}

export function bridgeOf({ tracer }: EverspanOtelOptions): Bridge {
  return Bridge.of(tracer ?? defaultTracer());
}

/** A filter that throws takes the span. */
export function filterOf({ filter = "gen-ai" }: EverspanOtelOptions): (span: OtelReadableSpan) => boolean {
  if (filter === "all") return () => true;
  const takes = typeof filter === "function" ? filter : isGenAi;
  return (span) => {
    try {
      return takes(span);
    } catch {
      return true;
    }
  };
}
