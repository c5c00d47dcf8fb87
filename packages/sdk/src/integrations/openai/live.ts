/**
 * A live session of the package `openai` (`LiveWS`, of version 7 on): one conversation of sound, of which the transcripts
 * are kept, with the responses that it hands on to another model.
 */
import { memberOf } from "../../recording/following/members.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";

/** Pieces that are kept of a session, which may last for an hour. */
const MAX_MESSAGES = 1_000;

interface LiveEvent {
  readonly type?: unknown;
  readonly session?: Readonly<Record<string, unknown>>;
  readonly usage?: unknown;
  readonly delta?: unknown;
  readonly event?: Readonly<Record<string, unknown>>;
  readonly delegation_id?: unknown;
  readonly reason?: unknown;
  readonly error?: unknown;
}

interface Message {
  readonly role: "user" | "assistant";
  content: string;
}

export class LiveSession {
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #messages: Message[] = [];
  readonly #responses = new Map<unknown, Span>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
    this.#span = tracer.startSpan("live", { type: "AGENT_WORKFLOW", data: { provider: "openai" } });
  }

  /** What is sent says nothing that does not come back. */
  sent(): void {}

  readonly received = (event: LiveEvent): void => {
    const { type, session, usage, delta, reason } = event;
    if (session !== undefined) this.#know(session);
    if (usage !== undefined) this.#span.setData({ usage });
    if (type === "session.input_transcript.delta") this.#say("user", delta);
    else if (type === "session.output_transcript.delta") this.#say("assistant", delta);
    else if (type === "response.event") this.#respond(event);
    else if (type === "error") this.#span.setData({ lastError: event.error });
    else if (type === "session.closed") this.#span.setData({ finishReason: reason });
  };

  readonly closed = (): void => {
    for (const span of this.#responses.values()) {
      span.status = "CANCELED";
      span.end();
    }
    this.#responses.clear();
    if (this.#messages.length > 0) this.#span.output = { messages: this.#messages };
    this.#span.end();
  };

  #know({ id, model, instructions, input }: Readonly<Record<string, unknown>>): void {
    this.#span.setData({ liveSession: id, model });
    if (this.#span.input === undefined) {
      this.#span.input = { model, ...(instructions != null && { instructions }), messages: input ?? [] };
    }
  }

  /** Pieces of what one of them says are one message. */
  #say(role: Message["role"], delta: unknown): void {
    if (typeof delta !== "string") return;
    const last = this.#messages.at(-1);
    if (last?.role === role) last.content += delta;
    else if (this.#messages.length < MAX_MESSAGES) this.#messages.push({ role, content: delta });
  }

  /** An event of a response, as `responses.create` streams them. */
  #respond({ event, delegation_id: delegation }: LiveEvent): void {
    const response = memberOf(event, "response");
    const type = memberOf(event, "type");
    if (typeof response !== "object" || response === null || typeof type !== "string") return;
    const { id, model, instructions, tools, status, usage, error, output } = response as Readonly<
      Record<string, unknown>
    >;
    if (type === "response.created") {
      const asked = { model, ...(instructions != null && { instructions }), ...(tools !== undefined && { tools }) };
      const input = { ...asked, messages: this.#messages.map((message) => ({ ...message })) };
      const data = { provider: "openai", model, ...(delegation != null && { delegation }) };
      const begin = () => this.#tracer.startSpan("response", { type: "COMPLETION", input, data });
      this.#responses.set(id, this.#tracer.withSpan(this.#span, begin));
      return;
    }
    const span = this.#responses.get(id);
    if (span === undefined || !/^response\.(?:completed|failed|incomplete|cancelled)$/.test(type)) return;
    this.#responses.delete(id);
    span.output = { object: "response", id, status, output, usage };
    span.setData({ responseId: id, finishReason: status, ...(usage != null && { usage }) });
    if (status === "failed") span.recordError(new Error(String(memberOf(error, "message") ?? "the response failed")));
    else if (status === "cancelled") span.status = "CANCELED";
    span.end();
  }
}
