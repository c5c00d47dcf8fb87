/** A model of LlamaIndex's: each `chat` is a request; `complete`, `exec` and an agent's steps come down to it. */
import { type Method, memberOf } from "../../recording/following/members.ts";
import { isThenable, observe } from "../../recording/following/promises.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { replaceOnce } from "../generated-client/replace-once.ts";
import { ModelCall, type ModelOperation } from "../model-call/model-call.ts";
import { ownModelCall } from "../model-call/owner.ts";
import { ChatChunks, replyOf, requestOf } from "./messages.ts";
import { followStream, isStream } from "./streams.ts";

const CHAT: ModelOperation = {
  name: "chat",
  provider: "llamaindex",
  type: "COMPLETION",
  builder: () => new ChatChunks(),
  keep: (reply) => memberOf(reply, "message"),
};

export function observeModel(model: object, tracer: () => Tracer): void {
  replaceOnce(model, "chat", (chat) => observedChat(chat, tracer));
}

function observedChat(chat: Method, tracer: () => Tracer): Method {
  return function (this: unknown, ...args) {
    const current = tracer();
    const call = new ModelCall(current, CHAT, requestOf(this, args[0]));
    // A client of the provider's that is observed too adds to this call.
    ownModelCall(call.span);
    let answer: unknown;
    try {
      answer = current.withSpan(call.span, () => Reflect.apply(chat, this, args));
    } catch (error) {
      call.fail(error);
      throw error;
    }
    if (!isThenable(answer)) return answered(answer, call);
    return observe(answer, call.span, {
      fulfilled: (value) => answered(value, call),
      rejected: (error) => call.fail(error),
    });
  };
}

function answered<T>(value: T, call: ModelCall): T {
  if (isStream(value)) followStream(value, call);
  else call.succeed(replyOf(value));
  return value;
}
