import type { ReplyBuilder } from "../model-call/model-call.ts";

type Fields = Record<string, unknown>;

interface InteractionEvent {
  readonly event_type?: string;
  readonly interaction?: Readonly<Fields>;
  readonly status?: unknown;
  readonly usage?: unknown;
  readonly index?: number;
  readonly step?: Readonly<Fields>;
  readonly delta?: Readonly<Fields>;
}

/** A streamed interaction: its head, and its steps, which grow by deltas of many kinds. */
export class InteractionReply implements ReplyBuilder {
  #head: Fields | undefined;
  readonly #steps = new Map<unknown, Fields>();

  add(event: InteractionEvent): void {
    const { event_type, interaction, index, step, delta } = event;
    if (interaction !== undefined) this.#head = { ...this.#head, ...interaction };
    if (event_type === "interaction.status_update") this.#head = { ...this.#head, status: event.status };
    if (event.usage != null && event_type !== "step.stop") this.#head = { ...this.#head, usage: event.usage };
    if (step !== undefined) this.#steps.set(index, { ...step });
    if (delta === undefined) return;
    const known = this.#steps.get(index) ?? { type: "model_output" };
    this.#steps.set(index, known);
    addDelta(known, delta);
  }

  reply(): unknown {
    if (this.#head === undefined && this.#steps.size === 0) return undefined;
    const { steps } = this.#head ?? {};
    const isWhole = Array.isArray(steps) && steps.length > 0;
    return { ...this.#head, steps: isWhole ? steps : [...this.#steps.values()] };
  }
}

function addDelta(step: Fields, delta: Readonly<Fields>): void {
  const { type, ...fields } = delta;
  if (type === "text") addText(step, delta);
  else if (type === "arguments_delta") {
    // A call begins with none, which are an empty object.
    const before = typeof step.arguments === "string" ? step.arguments : "";
    step.arguments = `${before}${fields.arguments ?? ""}`;
  } else if (type === "thought_summary") step.summary = [...listIn(step, "summary"), fields.content];
  else if (type === "text_annotation_delta") {
    step.annotations = [...listIn(step, "annotations"), ...listIn(fields, "annotations")];
  } else if (step.type === "model_output" && type !== "thought_signature") {
    step.content = [...listIn(step, "content"), delta];
  } else Object.assign(step, fields);
}

function addText(step: Fields, delta: Readonly<Fields>): void {
  const content = listIn(step, "content");
  const last = content.at(-1) as Fields | undefined;
  const goesOn = last?.type === "text";
  const text = goesOn ? `${last.text ?? ""}${delta.text ?? ""}` : delta.text;
  step.content = [...(goesOn ? content.slice(0, -1) : content), { ...(goesOn ? last : delta), text }];
}

function listIn(fields: Readonly<Fields>, name: string): readonly unknown[] {
  const list = fields[name];
  return Array.isArray(list) ? list : [];
}
