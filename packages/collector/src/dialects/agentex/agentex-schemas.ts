/** Agentex's spans for the API's document. `fromAgentexSpan` reads them, with its own bounds and messages. */
import { z } from "@hono/zod-openapi";

const payload = () => z.unknown().optional().openapi({ description: "An object, or a list of objects." });

export const agentexSpanSchema = z
  .looseObject({
    id: z.string().optional(),
    trace_id: z.string(),
    task_id: z.string().nullish(),
    parent_id: z.string().nullish(),
    name: z.string(),
    start_time: z.string().openapi({ format: "date-time" }),
    end_time: z.string().nullish().openapi({ format: "date-time" }),
    input: payload(),
    output: payload(),
    data: payload(),
  })
  .openapi("AgentexSpan");

export const agentexPatchSchema = agentexSpanSchema.omit({ id: true }).partial().openapi("AgentexPatch");
