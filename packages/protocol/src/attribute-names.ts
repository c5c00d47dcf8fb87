/** Names that are reserved inside users' `data`, `metadata` and attributes, by whom, and what for. */

/** Everspan: what a dialect can't say about a span, so that our own collector restores the exact snapshot. */
export const EVERSPAN_MARKER_KEY = "__everspan__";

/** Everspan: fields of a third party's SGP item that no snapshot field holds, kept in `data`. */
export const SGP_FIELDS_KEY = "__sgp__";

/** Everspan: what OTLP says of a span and no snapshot field holds, kept in `data`. */
export const OTEL_FIELDS_KEY = "__otel__";

/** Everspan: of a span that comes in pieces, which of its fields were stated, see `pieces.ts`. */
export const PIECES_KEY = "__pieces__";

/** Agentex: selects the span's type. */
export const SPAN_TYPE_KEY = "__span_type__";
/** Agentex: `{type, message}` of the error that ended the span; its presence is the failure. */
export const ERROR_KEY = "__error__";
/** Agentex: who wrote the span; the platform shows `agentex` spans as an agent's. */
export const SOURCE_KEY = "__source__";
export const SOURCE_AGENTEX = "agentex";
export const ACP_TYPE_KEY = "__acp_type__";
export const AGENT_NAME_KEY = "__agent_name__";
export const AGENT_ID_KEY = "__agent_id__";

/** SGP: how an error travels in `metadata`. */
export const SGP_ERROR_KEY = "error";
export const SGP_ERROR_TYPE_KEY = "error_type";
export const SGP_ERROR_MESSAGE_KEY = "error_message";

/** SGP and Agentex: correlation with an OpenTelemetry trace, where the item names no span of it. */
export const OBS_TRACE_ID_KEY = "obs.trace_id";
