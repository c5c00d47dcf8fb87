import type { Secret } from "../../transport/secret.ts";
import type { HttpExporterOptions } from "../backend/backend-address.ts";

export const OTLP_ENDPOINT = "http://localhost:4318";

export interface OtlpExporterOptions extends HttpExporterOptions {
  /** The back end's OTLP address; `/v1/traces` is appended. Default `http://localhost:4318`. */
  readonly endpoint?: string | undefined;
  /** The whole address, used as it is, instead of `endpoint`. */
  readonly url?: string | undefined;
  /** Sent with each request; one whose name says credential (`authorization`, `…key`, `…token`) is treated as one. */
  readonly headers?: Readonly<Record<string, string | Secret>> | undefined;
  /** Default `json`: it costs less CPU here than `protobuf`, which costs fewer bytes. */
  readonly protocol?: "json" | "protobuf" | undefined;
}
