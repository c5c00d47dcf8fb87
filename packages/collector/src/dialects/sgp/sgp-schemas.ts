/** The platform's items for the API's document. `fromSgpItem` reads them, with its own bounds and messages. */
import { SPAN_TYPES } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";

const payload = () => z.unknown().optional().openapi({ description: "Any JSON." });

export const sgpItemSchema = z
  .looseObject({
    id: z.string(),
    trace_id: z.string(),
    parent_id: z.string().nullish(),
    group_id: z.string().nullish(),
    name: z.string(),
    type: z.enum(SPAN_TYPES).nullish(),
    status: z.enum(["SUCCESS", "ERROR", "CANCELED"]).nullish(),
    start_timestamp: z.string().openapi({ format: "date-time" }),
    end_timestamp: z.string().nullish().openapi({ format: "date-time" }),
    input: payload(),
    output: payload(),
    metadata: z.record(z.string(), z.unknown()).nullish(),
  })
  .openapi("SgpSpan");

export const sgpBatchSchema = z.looseObject({ items: z.array(sgpItemSchema) }).openapi("SgpBatch");

export const sgpListSchema = z
  .looseObject({ object: z.literal("list"), items: z.array(sgpItemSchema), has_more: z.boolean().optional() })
  .openapi("SgpList");

export const sgpPatchSchema = sgpItemSchema
  .pick({ name: true, end_timestamp: true, output: true, metadata: true, status: true })
  .partial()
  .openapi("SgpPatch");
