/** Query and chat engines: a question, with what was retrieved and asked for it. */
import { FollowedSpan } from "../../recording/following/followed-span.ts";
import { type Method, memberOf } from "../../recording/following/members.ts";
import { isThenable, observe } from "../../recording/following/promises.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { replaceOnce } from "../generated-client/replace-once.ts";
import { followStream, isStream } from "./streams.ts";

export function observeEngine(
  engine: object,
  tracer: () => Tracer,
  observePart: (part: unknown, tracer: () => Tracer) => void,
): void {
  const makers = ["responseSynthesizer", "contextGenerator"].map((name) => memberOf(engine, name));
  for (const from of [engine, ...makers]) {
    for (const name of ["retriever", "llm", "chatModel"]) observePart(memberOf(from, name), tracer);
  }
  for (const name of ["query", "chat"]) {
    replaceOnce(engine, name, (method) => answering(`${engine.constructor?.name || "engine"}.${name}`, method, tracer));
  }
}

function answering(name: string, method: Method, tracer: () => Tracer): Method {
  return function (this: unknown, ...args) {
    const current = tracer();
    const input = memberOf(args[0], "query") ?? memberOf(args[0], "message") ?? args[0];
    const answer = new Answer(current.startSpan(name, { type: "AGENT_WORKFLOW", input }));
    let result: unknown;
    try {
      result = current.withSpan(answer.span, () => Reflect.apply(method, this, args));
    } catch (error) {
      answer.fail(error);
      throw error;
    }
    if (!isThenable(result)) return answer.came(result);
    return observe(result, answer.span, {
      fulfilled: (value) => answer.came(value),
      rejected: (error) => answer.fail(error),
    });
  };
}

/** Of what comes the message, without the sources, which are the retriever's to tell. */
class Answer extends FollowedSpan {
  #text = "";

  came<T>(value: T): T {
    if (isStream(value)) followStream(value, this);
    else this.succeed(memberOf(value, "message") ?? value);
    return value;
  }

  override item(part: unknown): void {
    const content = memberOf(memberOf(part, "message"), "content") ?? memberOf(part, "delta");
    if (typeof content !== "string" || !this.isOpen) return;
    this.#text += content;
    this.span.output = { role: "assistant", content: this.#text };
  }
}
