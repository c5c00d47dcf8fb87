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
  const byEndpoint = traces(environment, "ENDPOINT") === undefined ? "none" : "otlp";
  return (environment.text("OTEL_TRACES_EXPORTER") ?? byEndpoint).split(",").map((part) => () => {
    switch (part.trim().toLowerCase()) {
      case "otlp":
        return otlpFrom(environment);
      case "console":
        return new ConsoleExporter();
      case "none":
        return undefined;
      default:
        environment.ignored("OTEL_TRACES_EXPORTER", "expected otlp, console or none");
        return undefined;
    }
  });
}

/** The variables that mean the same for traces alone and for all signals: the first of them goes before. */
function namesOf(name: string): string[] {
  return ["TRACES_", ""].map((signal) => `OTEL_EXPORTER_OTLP_${signal}${name}`);
}

/** The variable's own name, of the one that counts; undefined when none is set. */
function traces(environment: Environment, name: string): string | undefined {
  return namesOf(name).find((variable) => environment.text(variable) !== undefined);
}

function otlpFrom(environment: Environment): SpanExporter {
  for (const name of NOT_FOLLOWED.flatMap(namesOf)) {
    if (environment.text(name) !== undefined) environment.ignored(name, "certificates are Node's");
  }
  const [url, endpoint] = namesOf("ENDPOINT").map((name) => environment.text(name));
  const [ofTraces, ofAll] = namesOf("HEADERS").map((name) => environment.headers(name));
  return new OtlpExporter({
    url,
    endpoint,
    headers: { ...ofAll, ...ofTraces },
    protocol: chosen(environment, "PROTOCOL", PROTOCOLS, "http/json or http/protobuf (port 4318, not 4317)"),
    compression: chosen(environment, "COMPRESSION", COMPRESSIONS, "gzip or none"),
    delivery: environment.number(traces(environment, "TIMEOUT") ?? "", "attemptTimeoutMs", 1),
  });
}

const PROTOCOLS = { "http/json": "json", "http/protobuf": "protobuf" } as const;
const COMPRESSIONS = { gzip: "gzip", none: "none" } as const;

function chosen<T>(
  environment: Environment,
  name: string,
  choices: Readonly<Record<string, T>>,
  expected: string,
): T | undefined {
  const variable = traces(environment, name) ?? "";
  const value = environment.text(variable);
  if (value === undefined) return undefined;
  if (Object.hasOwn(choices, value)) return choices[value];
  environment.ignored(variable, `expected ${expected}`);
  return undefined;
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
