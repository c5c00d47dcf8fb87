import type { ReplyBuilder } from "../model-call/model-call.ts";

type Fields = Record<string, unknown>;

interface InteractionEvent {
  readonly interaction?: Readonly<Fields>;
  readonly status?: unknown;
  readonly usage?: unknown;
  readonly index?: number;
  readonly step?: Readonly<Fields>;
  readonly delta?: Readonly<Fields>;
}

/** A streamed interaction: its head, and its steps, which grow by deltas of many kinds. */
export class InteractionReply implements ReplyBuilder {
  readonly #head: Fields = {};
  readonly #steps = new Map<unknown, Fields>();

  add({ interaction, status, usage, index, step, delta }: InteractionEvent): void {
    Object.assign(this.#head, interaction);
    // Without one it is a step's usage that comes, and no update of the whole.
    if (status !== undefined) Object.assign(this.#head, { status }, usage != null && { usage });
    if (step !== undefined) this.#steps.set(index, { ...step });
    if (delta === undefined) return;
    const known = this.#steps.get(index) ?? { type: "model_output" };
    this.#steps.set(index, known);
    addDelta(known, delta);
  }

  reply(): unknown {
    const whole = listIn(this.#head, "steps");
    return { ...this.#head, steps: whole.length > 0 ? whole : [...this.#steps.values()] };
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
  step.content =
    last?.type === "text"
      ? [...content.slice(0, -1), { ...last, text: `${last.text}${delta.text}` }]
      : [...content, delta];
}

function listIn(fields: Readonly<Fields>, name: string): readonly unknown[] {
  const list = fields[name];
  return Array.isArray(list) ? list : [];
}
