/** OpenTelemetry's own variables, as its specification defines them, and by name those that have no effect here. */
import type { ServiceInfo } from "@everspan/protocol";
import type { SpanExporter } from "../contract/span-exporter.ts";
import { ConsoleExporter } from "../exporters/local/console-exporter.ts";
import { OtlpExporter } from "../exporters/otlp/exporter.ts";
import type { Environment } from "./environment.ts";

/** What would change how spans are sent, were it followed. */
const NOT_FOLLOWED = ["CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"];

/** The exporters that `OTEL_TRACES_EXPORTER` names; without it, OTLP where an endpoint is given. */
export function otelExporters(environment: Environment): (() => SpanExporter | undefined)[] {
  const named = environment.text("OTEL_TRACES_EXPORTER")?.split(",");
  if (named === undefined) return hasEndpoint(environment) ? [() => otlpFrom(environment)] : [];
  return named.map((part) => {
    switch (part.trim().toLowerCase()) {
      case "otlp":
        return () => otlpFrom(environment);
      case "console":
        return () => new ConsoleExporter();
      case "none":
        return () => undefined;
      default:
        return () => {
          environment.ignored("OTEL_TRACES_EXPORTER", "expected otlp, console or none");
          return undefined;
        };
    }
  });
}

function hasEndpoint(environment: Environment): boolean {
  return traces(environment, "ENDPOINT") !== undefined;
}

/** The variables that mean the same for traces alone and for all signals: the first of them goes before. */
function namesOf(name: string): string[] {
  return ["TRACES_", ""].map((signal) => `OTEL_EXPORTER_OTLP_${signal}${name}`);
}

function traces(environment: Environment, name: string): { name: string; value: string } | undefined {
  for (const variable of namesOf(name)) {
    const value = environment.text(variable);
    if (value !== undefined) return { name: variable, value };
  }
  return undefined;
}

function otlpFrom(environment: Environment): SpanExporter {
  for (const name of NOT_FOLLOWED.flatMap(namesOf)) {
    if (environment.text(name) === undefined) continue;
    environment.ignored(name, "certificates are Node's");
  }
  const [url, endpoint] = namesOf("ENDPOINT").map((name) => environment.text(name));
  const [ofTraces, ofAll] = namesOf("HEADERS").map((name) => environment.headers(name));
  return new OtlpExporter({
    ...(url !== undefined ? { url } : endpoint !== undefined && { endpoint }),
    headers: { ...ofAll, ...ofTraces },
    ...protocolFrom(environment),
    ...compressionFrom(environment),
    ...timeoutFrom(environment),
  });
}

function protocolFrom(environment: Environment): { protocol?: "json" | "protobuf" } {
  const given = traces(environment, "PROTOCOL");
  if (given === undefined) return {};
  if (given.value === "http/json") return { protocol: "json" };
  if (given.value === "http/protobuf") return { protocol: "protobuf" };
  environment.ignored(given.name, "expected http/json or http/protobuf (port 4318, not 4317)");
  return {};
}

function compressionFrom(environment: Environment): { compression?: "gzip" | "none" } {
  const given = traces(environment, "COMPRESSION");
  if (given === undefined) return {};
  if (given.value === "gzip" || given.value === "none") return { compression: given.value };
  environment.ignored(given.name, "expected gzip or none");
  return {};
}

function timeoutFrom(environment: Environment): { delivery?: { attemptTimeoutMs: number } } {
  const given = traces(environment, "TIMEOUT");
  const { attemptTimeoutMs } = given === undefined ? {} : environment.number(given.name, "attemptTimeoutMs", 1);
  return attemptTimeoutMs === undefined ? {} : { delivery: { attemptTimeoutMs } };
}

const SERVICE_FIELDS: Readonly<Record<string, keyof ServiceInfo>> = {
  "service.name": "name",
  "service.version": "version",
  "gen_ai.agent.name": "agentName",
  "gen_ai.agent.id": "agentId",
};

/** Of the resource's attributes those that Everspan has a place for. */
export function serviceFromResource(environment: Environment): ServiceInfo {
  const service: Partial<Record<keyof ServiceInfo, string>> = {};
  for (const [key, value] of Object.entries(environment.headers("OTEL_RESOURCE_ATTRIBUTES"))) {
    const field = SERVICE_FIELDS[key];
    if (field !== undefined) service[field] = value;
  }
  return service;
}
