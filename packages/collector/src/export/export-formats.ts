/** What a trace can be exported as. Each writes text piece by piece, so that its memory is a page of spans. */
import { chatLines } from "./chat-lines.ts";
import { evaluationLine } from "./evaluation-line.ts";
import { markdownOf } from "./markdown.ts";
import type { SpanSource } from "./span-source.ts";
import { nativeLines, otlpLines, sgpLines } from "./wire-lines.ts";

export interface ExportFormat {
  readonly write: (source: SpanSource, traceId: string) => AsyncIterable<string>;
  readonly mediaType: string;
  /** Of a file's name. */
  readonly extension: string;
  /** One sentence for help and for the API's document. */
  readonly says: string;
}

const LINES = { mediaType: "application/x-ndjson; charset=utf-8", extension: "jsonl" } as const;

export const EXPORT_FORMATS = {
  native: { ...LINES, write: nativeLines, says: "snapshots in lines, all that is stored" },
  otlp: { ...LINES, write: otlpLines, says: "requests of OTLP's JSON form in lines" },
  sgp: { ...LINES, write: sgpLines, says: "batches of Scale GenAI Platform in lines" },
  markdown: {
    write: markdownOf,
    mediaType: "text/markdown; charset=utf-8",
    extension: "md",
    says: "the conversation, to be read",
  },
  chat: { ...LINES, write: chatLines, says: "conversations in OpenAI's chat form, a line each, for fine-tuning" },
  evaluation: { ...LINES, write: evaluationLine, says: "a line for each trace with input, output and figures" },
} as const satisfies Record<string, ExportFormat>;

export type ExportFormatName = keyof typeof EXPORT_FORMATS;

export const EXPORT_FORMAT_NAMES = Object.keys(EXPORT_FORMATS) as readonly ExportFormatName[];
