/** Every format that `everspan import` knows, those that are told apart best first. */
import { aiSdkDevToolsFormat } from "./formats/ai-sdk-devtools.ts";
import { claudeCodeFormat } from "./formats/claude-code.ts";
import { langfuseFormat } from "./formats/langfuse.ts";
import { miniSweAgentFormat } from "./formats/mini-swe-agent.ts";
import { nativeFormat } from "./formats/native.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "./formats/otlp.ts";
import { phoenixFormat } from "./formats/phoenix.ts";
import { agentexFormat, sgpFormat } from "./formats/sgp.ts";
import type { ImportFormat } from "./import-format.ts";

export const JSON_FORMATS: readonly ImportFormat[] = [
  otlpJsonFormat,
  nativeFormat,
  phoenixFormat,
  miniSweAgentFormat,
  aiSdkDevToolsFormat,
  claudeCodeFormat,
  langfuseFormat,
  sgpFormat,
  agentexFormat,
];

export const PROTOBUF_FORMAT = otlpProtobufFormat;
