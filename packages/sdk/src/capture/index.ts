/** Any value -> an immutable JSON tree: total (never throws), bounded, shares structure. See `docs/formats/captured-values.md`. */

export { isAbort } from "./abort.ts";
export { type CaptureBudget, DEFAULT_CAPTURE_BUDGET } from "./budget.ts";
export { Capturer } from "./capturer.ts";
export { compareWith } from "./comparing.ts";
export { captureError } from "./error.ts";
export { captureId } from "./id.ts";
export { cutText, truncated } from "./marks.ts";
export { memberOf } from "./member-of.ts";
export { CaptureMemory, forgetRemembered, rememberedBytes } from "./memory.ts";
export { captureName, MAX_NAME_CHARACTERS } from "./name.ts";
export {
  ArrayNode,
  arrayBytes,
  bytesOf,
  type ContainerNode,
  isArrayNode,
  isContainer,
  isObjectNode,
  itemsOf,
  type JsonNode,
  keysOf,
  type ObjectNode,
  objectBytes,
  objectNode,
  valueAt,
  valuesOf,
} from "./nodes.ts";
export { Retention } from "./retention.ts";
export { nodeOf, toJson } from "./to-json.ts";
export { wellFormed } from "./well-formed.ts";
