import { ProtoWriter } from "@everspan/protocol";
import { describe, expect, test } from "vitest";
import type { TransportResponse } from "../../transport/transport.ts";
import { readPartialSuccess } from "./response.ts";

const NONE = { rejectedSpans: 0, message: "" };

const answer = (body: string | Uint8Array, more: Partial<TransportResponse> = {}): TransportResponse => ({
  status: 200,
  headers: {},
  body: Buffer.from(body as string),
  bodyTruncated: false,
  ...more,
});

describe("the partial success of an answer in JSON", () => {
  test.each<[body: string, read: unknown]>([
    ['{"partialSuccess":{"rejectedSpans":3,"errorMessage":"a\\nb"}}', { rejectedSpans: 3, message: "a b" }],
    ['{"partialSuccess":{"rejectedSpans":"3"}}', { rejectedSpans: 3, message: "" }],
    ['{"partialSuccess":{"errorMessage":"slow down"}}', { rejectedSpans: 0, message: "slow down" }],
    ['{"partialSuccess":{"rejectedSpans":-1}}', NONE],
    ['{"partialSuccess":{"rejectedSpans":1.5}}', NONE],
    ['{"partialSuccess":{"rejectedSpans":"many"}}', NONE],
    ['{"partialSuccess":null}', NONE],
    ["{}", NONE],
    ["null", NONE],
    ["{", NONE],
    ["", NONE],
  ])("%s", (body, read) => {
    expect(readPartialSuccess(answer(body))).toEqual(read);
  });

  test("is not looked for in a part of an answer", () => {
    const whole = answer('{"partialSuccess":{"rejectedSpans":3}}');
    expect(readPartialSuccess(whole).rejectedSpans).toBe(3);
    expect(readPartialSuccess({ ...whole, bodyTruncated: true })).toEqual(NONE);
  });
});

describe("the partial success of an answer in protobuf", () => {
  const headers = { "content-type": "application/x-protobuf" };
  const message = (write: (writer: ProtoWriter) => void) => {
    const writer = new ProtoWriter();
    write(writer);
    return writer.finish();
  };

  test("is read among fields that nobody knows", () => {
    const body = message((writer) => {
      writer.string(7, "unknown");
      writer.message(1, () => {
        writer.string(3, "unknown");
        writer.int64(1, "300");
        writer.string(2, "too old");
      });
      writer.string(8, "unknown");
    });
    expect(readPartialSuccess(answer(body, { headers }))).toEqual({ rejectedSpans: 300, message: "too old" });
    // By its type, not by its looks.
    expect(readPartialSuccess(answer(body))).toEqual(NONE);
    expect(readPartialSuccess(answer(body.subarray(0, -3), { headers }))).toEqual(NONE);
  });

  test("is none where there is none", () => {
    expect(
      readPartialSuccess(
        answer(
          message((writer) => writer.string(2, "x")),
          { headers },
        ),
      ),
    ).toEqual(NONE);
  });
});
