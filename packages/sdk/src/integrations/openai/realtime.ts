/**
 * A realtime session of the package `openai` (`OpenAIRealtimeWS`, and its like for the web's sockets), followed by its
 * events: they are listened to beside the application, and what is sent is looked at on its way.
 */
import { defaultTracer } from "../../environment/default-tracer.ts";
import { memberOf, methodOf } from "../../recording/following/members.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import type { ObserveOptions } from "../generated-client/observe-client.ts";
import { replaceOnce } from "../generated-client/replace-once.ts";
import { LiveSession } from "./live.ts";
import { RealtimeConversation } from "./realtime-conversation.ts";

interface RealtimeEvent {
  readonly type?: unknown;
  readonly response_id?: unknown;
  readonly response?: Readonly<Record<string, unknown>>;
  readonly session?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
}

/**
 * The session is a span from now until its socket closes, each response a model call in it with the conversation up to it,
 * its output and its usage. Sound is left out: transcripts are kept. A live session too, whose transcripts are its output.
 *
 * @returns the same session; what is observed already stays as it is
 */
export function observeRealtime<Session extends object>(session: Session, options: ObserveOptions = {}): Session {
  quietly(() => {
    const tracer = options.tracer ?? defaultTracer();
    const isLive = /\/live\/sessions/.test(String(memberOf(session, "url")));
    let followed: RealtimeSession | LiveSession | undefined;
    replaceOnce(session, "send", (send) => {
      const following = isLive ? new LiveSession(tracer) : new RealtimeSession(tracer, session);
      followed = following;
      return function (this: unknown, ...args) {
        quietly(() => following.sent(args[0] as RealtimeEvent));
        return Reflect.apply(send, this, args);
      };
    });
    if (followed === undefined) return;
    const { received, closed } = followed as { received: (event: RealtimeEvent) => void; closed: () => void };
    // Never to "error": a session without a listener for errors says so by a rejection that nobody handles.
    methodOf(session, "on")?.call(session, "event", (event: unknown) =>
      quietly(() => received(event as RealtimeEvent)),
    );
    // One that connects again tells itself when it has ended.
    if (isLive || memberOf(session, "_recovery") !== undefined) methodOf(session, "on")?.call(session, "close", closed);
    else
      methodOf(memberOf(session, "socket") as object, "addEventListener")?.call(
        memberOf(session, "socket"),
        "close",
        closed,
      );
  });
  return session;
}

class RealtimeSession {
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #conversation = new RealtimeConversation();
  readonly #responses = new Map<unknown, { readonly span: Span; readonly startedMs: number; hasBegun: boolean }>();
  #settings: Readonly<Record<string, unknown>> = {};

  constructor(tracer: Tracer, session: object) {
    this.#tracer = tracer;
    const url = memberOf(session, "url");
    const model = url instanceof URL ? url.searchParams.get("model") : undefined;
    const data = { provider: "openai", ...(model && { model }) };
    this.#span = tracer.startSpan("realtime", { type: "AGENT_WORKFLOW", data });
    if (model) this.#settings = { model };
  }

  sent({ type, session }: RealtimeEvent): void {
    if (type === "session.update" && session !== undefined) this.#settings = { ...this.#settings, ...session };
  }

  readonly received = (event: RealtimeEvent): void => {
    const { type, response, session } = event;
    this.#conversation.take(event);
    if ((type === "session.created" || type === "session.updated") && session !== undefined) {
      this.#settings = { ...this.#settings, ...session };
      const { id, model } = this.#settings;
      this.#span.setData({ realtimeSession: id, model });
    } else if (type === "response.created") this.#begin(response);
    else if (type === "response.done") this.#end(response);
    else if (type === "error") this.#span.setData({ lastError: event.error });
    else if (typeof type === "string" && type.endsWith(".delta")) this.#delta(event.response_id);
  };

  readonly closed = (): void => {
    for (const { span } of this.#responses.values()) {
      span.status = "CANCELED";
      span.end();
    }
    this.#responses.clear();
    this.#span.end();
  };

  #begin(response: RealtimeEvent["response"]): void {
    const { model, instructions, tools } = this.#settings;
    const input = {
      model,
      ...(instructions !== undefined && { instructions }),
      input: this.#conversation.items(),
      ...(Array.isArray(tools) && tools.length > 0 && { tools }),
    };
    const begin = () =>
      this.#tracer.startSpan("response", { type: "COMPLETION", input, data: { provider: "openai", model } });
    const span = this.#tracer.withSpan(this.#span, begin);
    this.#responses.set(response?.id, { span, startedMs: span.nowMs(), hasBegun: false });
  }

  #delta(responseId: unknown): void {
    const open = this.#responses.get(responseId);
    if (open === undefined || open.hasBegun) return;
    open.hasBegun = true;
    open.span.setData({ timeToFirstTokenMs: open.span.nowMs() - open.startedMs });
  }

  #end(response: RealtimeEvent["response"]): void {
    const open = this.#responses.get(response?.id);
    if (open === undefined || response === undefined) return;
    this.#responses.delete(response.id);
    const { span } = open;
    const { id, status, status_details, output, usage } = response;
    span.output = { id, status, output: this.#conversation.withoutSound(output), usage };
    span.setData({ responseId: id, finishReason: status, ...(usage != null && { usage }) });
    if (status === "failed") {
      const message = memberOf(memberOf(status_details, "error"), "message");
      span.recordError(new Error(typeof message === "string" ? message : "the response failed"));
    } else if (status === "cancelled") span.status = "CANCELED";
    span.end();
  }
}
