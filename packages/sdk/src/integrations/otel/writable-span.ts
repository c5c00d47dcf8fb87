import type {
  OtelAttributes,
  OtelAttributeValue,
  OtelEvent,
  OtelException,
  OtelHrTime,
  OtelLink,
  OtelSpan,
  OtelSpanContext,
  OtelStatus,
  OtelTimeInput,
} from "./api.ts";
import { hrTimeOf } from "./otel-time.ts";

/** The many ways in which OpenTelemetry's API writes to a span, brought down to few. */
export abstract class WritableSpan implements OtelSpan {
  abstract spanContext(): OtelSpanContext;
  abstract isRecording(): boolean;
  abstract setAttributes(attributes: OtelAttributes): this;
  abstract addLinks(links: OtelLink[]): this;
  abstract setStatus(status: OtelStatus): this;
  abstract updateName(name: string): this;
  abstract end(endTime?: OtelTimeInput): void;
  protected abstract event(event: OtelEvent): void;

  setAttribute(name: string, value: OtelAttributeValue): this {
    return this.setAttributes({ [name]: value });
  }

  addLink(link: OtelLink): this {
    return this.addLinks([link]);
  }

  addEvent(name: string, attributesOrTime?: OtelAttributes | OtelTimeInput, time?: OtelTimeInput): this {
    const isTime = isTimeInput(attributesOrTime);
    this.event({
      name,
      time: hrTimeOf(isTime ? attributesOrTime : time),
      attributes: isTime ? {} : { ...attributesOrTime },
    });
    return this;
  }

  recordException(exception: OtelException, time?: OtelTimeInput): void {
    const { code, name, message, stack } = typeof exception === "string" ? { message: exception } : Object(exception);
    const type = code === undefined ? name : String(code);
    this.addEvent(
      "exception",
      {
        ...(type !== undefined && { "exception.type": type }),
        ...(message !== undefined && { "exception.message": message }),
        ...(stack !== undefined && { "exception.stacktrace": stack }),
      },
      time,
    );
  }
}

function isTimeInput(value: unknown): value is OtelTimeInput {
  return typeof value === "number" || value instanceof Date || (Array.isArray(value) && isHrTime(value));
}

function isHrTime(value: readonly unknown[]): value is OtelHrTime {
  return value.length === 2 && value.every((part) => typeof part === "number");
}
