/**
 * What becomes of a request, seen in the promise that the client itself returned. Its `then` is never called by us: the
 * body can be read once only, and who reads it how is the application's affair.
 */
import { types } from "node:util";
import { followIterable, followIterator } from "../../recording/following/iterators.ts";
import { isTouchable, memberOf, methodOf, replaceMethod } from "../../recording/following/members.ts";
import { isThenable, observe } from "../../recording/following/promises.ts";
import { followWebStream, isWebStream } from "../../recording/following/streams.ts";
import type { ModelCall } from "../model-call/model-call.ts";
import { eventsIn } from "./event-bytes.ts";
import { followGeneratedStream } from "./generated-stream.ts";

/** The fields of a generated client's promise that we know. */
interface ApiPromise {
  responsePromise: Promise<{ response?: Response }>;
  parseResponse: (...args: unknown[]) => unknown;
}

/** Whether the application has begun to read what came. */
interface Reading {
  isBegun: boolean;
}

/** @returns what the application gets: the same object, or a plain promise derived from it */
export function followApiPromise(answer: unknown, call: ModelCall): unknown {
  if (!isThenable(answer)) {
    call.succeed(answer);
    return answer;
  }
  if (isApiPromise(answer)) {
    const reading = { isBegun: false };
    followRequest(answer, call, reading);
    followParsing(answer, call, reading);
    followRawResponse(answer, call, reading);
    followTakenResponse(answer, call, reading);
    return answer;
  }
  if (memberOf(answer, "innerPromise") instanceof Promise) {
    followInner(answer as never, call);
    return answer;
  }
  return observe(answer, call.span, {
    fulfilled: (value) => replied(value, call),
    rejected: (error) => call.fail(error),
  });
}

function isApiPromise(answer: object): answer is ApiPromise & object {
  return memberOf(answer, "responsePromise") instanceof Promise && methodOf(answer, "parseResponse") !== undefined;
}

/** One chain of promises, as before: a rejection that nobody handles stays one, and is one. */
function followRequest(promise: ApiPromise, call: ModelCall, reading: Reading): void {
  promise.responsePromise = promise.responsePromise.then(
    (props) => {
      const headers = props?.response?.headers;
      call.answered(headers?.get("x-request-id") ?? headers?.get("request-id"));
      // Who asked for the body has it from now on, and it is followed there.
      if (!reading.isBegun && memberOf(promise, "parsedPromise") === undefined) call.watch(promise);
      return props;
    },
    (error) => {
      call.fail(error);
      throw error;
    },
  );
}

function begin(reading: Reading, call: ModelCall): void {
  reading.isBegun = true;
  call.unwatch();
}

/** `then`, `parse`, `withResponse` and `_thenUnwrap` all come to `parseResponse`, but for the last in openai 7. */
function followParsing(promise: ApiPromise & object, call: ModelCall, reading: Reading): void {
  const { parseResponse } = promise;
  const settling = {
    fulfilled: <T>(value: T) => replied(value, call),
    rejected: (error: unknown) => call.fail(error),
  };
  promise.parseResponse = function (this: unknown, ...args) {
    begin(reading, call);
    const parsed = Reflect.apply(parseResponse, this, args);
    return isThenable(parsed) ? observe(parsed, call.span, settling) : replied(parsed, call);
  };
  const unwrap = Object.hasOwn(promise, "_thenUnwrap") ? methodOf(promise, "_thenUnwrap") : undefined;
  if (unwrap === undefined) return;
  replaceMethod(promise, "_thenUnwrap", function (this: unknown, transform, ...rest) {
    begin(reading, call);
    // It goes on with the promise that ours was made of.
    promise.responsePromise.catch(() => {});
    if (typeof transform !== "function") return Reflect.apply(unwrap, this, [transform, ...rest]);
    const seen = (value: unknown, ...more: unknown[]) => transform(replied(value, call), ...more);
    return Reflect.apply(unwrap, this, [seen, ...rest]);
  });
}

/** The raw response alone: the call ends with its body. */
function followRawResponse(promise: ApiPromise & object, call: ModelCall, reading: Reading): void {
  const asResponse = methodOf(promise, "asResponse");
  if (asResponse === undefined) return;
  replaceMethod(promise, "asResponse", function (this: unknown, ...args) {
    const response = Reflect.apply(asResponse, this, args);
    // `withResponse` asks for both, and for the parsed body first.
    if (memberOf(promise, "parsedPromise") !== undefined || !isThenable(response)) return response;
    begin(reading, call);
    const fulfilled = <T>(value: T): T => {
      const body = value instanceof Response && !value.bodyUsed ? value.body : undefined;
      if (!isTouchable(body)) call.finish();
      else followBody(body, call);
      return value;
    };
    return observe(response, call.span, { fulfilled, rejected: (error) => call.fail(error) });
  });
}

/** A thread of Anthropic's client makes its stream of the response by itself. Whole replies it parses as everybody does. */
function followTakenResponse(promise: ApiPromise & object, call: ModelCall, reading: Reading): void {
  const take = methodOf(promise, "_responseProps");
  if (take === undefined) return;
  replaceMethod(promise, "_responseProps", function (this: unknown, ...args) {
    const props = Reflect.apply(take, this, args);
    if (reading.isBegun || !isThenable(props)) return props;
    const fulfilled = <T>(value: T): T => {
      const isStream = memberOf(memberOf(value, "options"), "stream") === true;
      const body = isStream ? memberOf(memberOf(value, "response"), "body") : undefined;
      if (isTouchable(body)) followBody(body, call, eventsIn(call));
      return value;
    };
    return observe(props, call.span, { fulfilled, rejected: () => {} });
  });
}

/** @param item takes its bytes, which are no chunks of the reply */
function followBody(body: object, call: ModelCall, item: (bytes: unknown) => void = () => {}): void {
  call.watch(body);
  followWebStream(body, {
    span: call.span,
    item,
    finish: () => call.finish(),
    fail: (e) => call.fail(e),
    cancel: () => call.cancel(),
    watch: () => {},
  });
}

/** The reply, or the stream in which it will come. */
export function replied<T>(value: T, call: ModelCall): T {
  if (!call.isStreamed || !isTouchable(value) || !followStream(value, call)) call.succeed(value);
  return value;
}

function followStream(value: object, call: ModelCall): boolean {
  if (methodOf(value, Symbol.asyncIterator) === undefined) return false;
  call.watch(value);
  if (types.isGeneratorObject(value)) return followIterator(value, call) === value;
  if (isWebStream(value)) followWebStream(value, call);
  else if (!followGeneratedStream(value, call) && !followIterable(value, call)) call.finish();
  return true;
}

/** cohere-ai's promise: its `then` and `withRawResponse` stand on one inner promise. */
function followInner(promise: { innerPromise: Promise<{ data?: unknown }> }, call: ModelCall): void {
  promise.innerPromise = promise.innerPromise.then(
    (result) => {
      replied(result?.data, call);
      return result;
    },
    (error) => {
      call.fail(error);
      throw error;
    },
  );
}
