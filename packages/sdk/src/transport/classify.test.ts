import { describe, expect, test } from "vitest";
import { classifyError, classifyOtlpResponse, classifyResponse } from "./classify.ts";
import { Secret } from "./secret.ts";
import { TransportError, type TransportErrorKind, type TransportResponse } from "./transport.ts";
import { withoutSecrets } from "./without-secrets.ts";

const EXCHANGE = { method: "PUT", url: "https://user:pass@api.test/v5/spans/batch?key=hidden", nowEpochMs: 0 };

function answer(status: number, body = "", headers: Record<string, string> = {}): TransportResponse {
  return { status, headers, body: Buffer.from(body), bodyTruncated: false };
}

const kindOf = (status: number) => classifyResponse(answer(status), EXCHANGE).kind;

describe("the verdict of a status", () => {
  test.each([200, 201, 202, 204, 299])("%i is delivered", (status) => expect(kindOf(status)).toBe("delivered"));
  test.each([400, 409, 422])("W9 %i is poison", (status) => expect(kindOf(status)).toBe("poison"));
  test.each([401, 403, 407])("W10 %i is a wrong configuration", (status) =>
    expect(kindOf(status)).toBe("misconfigured"),
  );
  test.each([404, 405, 501])("W11 %i is a wrong configuration", (status) =>
    expect(kindOf(status)).toBe("misconfigured"),
  );
  test.each([408, 425, 429, 500, 502, 503, 504, 599])("W12 %i is busy", (status) =>
    expect(kindOf(status)).toBe("busy"),
  );
  test("W14 413 is too large", () => expect(kindOf(413)).toBe("tooLarge"));
  test.each([301, 302, 303, 307, 308])("W15 %i is a wrong configuration", (status) =>
    expect(kindOf(status)).toBe("misconfigured"),
  );

  test.each([301, 400, 401, 413, 503])("%i to a request that was sent before says nothing of that one", (status) => {
    const again = { ...answer(status), wasSentBefore: true };
    expect(classifyResponse(again, EXCHANGE)).toMatchObject({ kind: kindOf(status), maybeDelivered: true });
    expect(classifyResponse(answer(status), EXCHANGE)).not.toHaveProperty("maybeDelivered");
    expect(classifyOtlpResponse({ ...again, status: 500 }, EXCHANGE, ["a"])).toMatchObject({ maybeDelivered: true });
  });

  test("W11 the reason names the address without credentials and query", () => {
    const outcome = classifyResponse(answer(404, '{"detail":"Not Found"}'), EXCHANGE);
    expect(outcome).toEqual({
      kind: "misconfigured",
      reason: "PUT https://api.test/v5/spans/batch answered 404: Not Found",
    });
  });

  test("W13 a Retry-After is passed on; of two the first counts, as Node.js reads them", () => {
    expect(classifyResponse(answer(429, "", { "retry-after": "3" }), EXCHANGE)).toMatchObject({ retryAfterMs: 3_000 });
    expect(classifyResponse(answer(429), EXCHANGE)).not.toHaveProperty("retryAfterMs");
  });

  test("W15 where a redirect points is said without its credentials and query", () => {
    const headers = { location: "https://me:secret@elsewhere.test/login?token=t" };
    const { reason } = classifyResponse(answer(302, "", headers), EXCHANGE) as { reason: string };
    expect(reason).toContain("https://elsewhere.test/login");
    expect(reason).not.toMatch(/secret|token/);
  });
});

describe("what the server says", () => {
  test.each([
    ['{"message":"bad key"}', "bad key"],
    ['{"error":{"code":"X","message":"too old"}}', "too old"],
    ['{"error":"nope"}', "nope"],
    [
      '{"detail":[{"loc":["body","items",3,"input"],"msg":"not an object","input":"payload"}]}',
      "body.items.3.input: not an object",
    ],
  ])("%s is said as %s, and nothing else of the body", (body, words) => {
    const { reason } = classifyResponse(answer(422, body), EXCHANGE) as { reason: string };
    expect(reason).toBe(`PUT https://api.test/v5/spans/batch answered 422: ${words}`);
  });

  test("is one bounded line without control characters, whatever it is", () => {
    for (const body of [
      "\n\u001b[31mred\r\n",
      JSON.stringify({ message: `\u001b[2J\n${"x".repeat(100_000)}` }),
      "[[[",
      "null",
    ]) {
      const { reason } = classifyResponse(answer(400, body), EXCHANGE) as { reason: string };
      expect(reason).toMatch(/^[\x20-\x7e…]{1,501}$/u);
    }
  });

  test("X24 an echoed credential is taken out, and no way to print a secret shows it", () => {
    const secret = new Secret("sk-0123456789").prefixed("Bearer ");
    const redact = (text: string) => withoutSecrets(text, [secret]);
    const outcome = classifyResponse(answer(401, '{"message":"bad sk-0123456789"}'), { ...EXCHANGE, redact });
    expect(`${JSON.stringify([outcome, secret, { secret }]) + String(secret)}${secret}`).not.toContain("0123456789");
    expect(secret.reveal()).toBe("Bearer sk-0123456789");
  });
});

describe("what the server says is found", () => {
  const long = "x".repeat(200);

  test.each<[body: unknown, words: string]>([
    [long, `: ${long}`],
    [`${long}y`, `: ${long}…`],
    [["a", "", { message: "b" }, "c"], ": a; b"],
    [{ message: null, error: "e" }, ": e"],
    [{ detail: "d" }, ": d"],
    [{ detail: [{ msg: "m" }] }, ": m"],
    [{ detail: [{ loc: ["body", { echoed: "payload" }, 3], msg: "m" }] }, ": body.3: m"],
    [{ detail: [{ loc: "body", msg: "m" }] }, ": m"],
    [{ message: 5 }, ""],
    [{ other: "o" }, ""],
    [true, ""],
    [null, ""],
    [[], ""],
  ])("of %j", (body, words) => {
    expect(classifyResponse(answer(400, JSON.stringify(body)), EXCHANGE)).toEqual({
      kind: "poison",
      reason: `PUT https://api.test/v5/spans/batch answered 400${words}`,
    });
  });

  test("in no body that is no JSON, and in no redirect", () => {
    const reasonOf = (status: number, body: string) =>
      (classifyResponse(answer(status, body), EXCHANGE) as { reason: string }).reason.split(" answered ")[1];
    expect(reasonOf(400, "<html>")).toBe("400");
    expect(reasonOf(300, '"said"')).toBe("300: a redirect, which is not followed");
    expect(reasonOf(399, '"said"')).toBe("399: a redirect, which is not followed");
    expect(reasonOf(400, '"said"')).toBe("400: said");
    expect(reasonOf(199, '"said"')).toBe("199: said");
  });
});

describe("the edges of a verdict", () => {
  test.each<[status: number, kind: string]>([
    [199, "misconfigured"],
    [300, "misconfigured"],
    [499, "misconfigured"],
    [500, "busy"],
    [501, "misconfigured"],
    [505, "misconfigured"],
    [506, "busy"],
  ])("%i is %s", (status, kind) => expect(kindOf(status)).toBe(kind));

  test("a date to wait for is read by the server's clock, else by the exchange's", () => {
    const until = { "retry-after": "Thu, 01 Jan 1970 00:00:30 GMT" };
    const waitOf = (headers: Record<string, string>, nowEpochMs?: number) => {
      const { nowEpochMs: _, ...timeless } = EXCHANGE;
      const exchange = nowEpochMs === undefined ? timeless : { ...timeless, nowEpochMs };
      return (classifyResponse(answer(503, "", headers), exchange) as { retryAfterMs?: number }).retryAfterMs;
    };
    expect(waitOf(until, 10_000)).toBe(20_000);
    expect(waitOf(until)).toBe(0);
    expect(waitOf({ ...until, date: "Thu, 01 Jan 1970 00:00:25 GMT" }, 10_000)).toBe(5_000);
  });

  test("OTLP rejects each span for the reason, and says nothing of an earlier sending that there was not", () => {
    const outcome = classifyOtlpResponse(answer(500, '"no"'), EXCHANGE, ["a"]);
    const reason = "PUT https://api.test/v5/spans/batch answered 500: no";
    expect(outcome).toEqual({ kind: "partial", rejected: [{ id: "a", reason }] });
    expect(Object.keys(outcome)).toEqual(["kind", "rejected"]);
  });

  test("what was thrown is said as far as it can be", () => {
    const reasonOf = (thrown: unknown) => (classifyError(thrown, EXCHANGE) as { reason: string }).reason;
    const start = "PUT https://api.test/v5/spans/batch failed";
    expect(reasonOf(new TypeError("x"))).toBe(`${start}: x`);
    expect(reasonOf("text")).toBe(`${start}: text`);
    expect(reasonOf(new TransportError("dns", "no such name", false))).toBe(`${start} (dns): no such name`);
    const hostile = {
      toString: () => {
        throw new Error("hostile");
      },
    };
    expect(reasonOf(hostile)).toBe(`${start}: an error that can't be printed`);
  });
});

describe("W12 OTLP", () => {
  const ids = ["a", "b"];
  const otlp = (status: number) => classifyOtlpResponse(answer(status), EXCHANGE, ids);
  test.each([429, 502, 503, 504])("W12 %i may be sent again", (status) => expect(otlp(status).kind).toBe("busy"));
  test.each([408, 425, 500, 507])("W12 %i must not be sent again: each span is rejected", (status) =>
    expect(otlp(status)).toMatchObject({ kind: "partial", rejected: ids.map((id) => ({ id })) }),
  );
});

describe("the verdict of no answer", () => {
  const verdict = (kind: TransportErrorKind, maybe: boolean) =>
    classifyError(new TransportError(kind, "x", maybe), EXCHANGE);
  test.each(["refused", "dns", "timeout", "reset", "protocol", "aborted"] as const)("%s is busy", (kind) => {
    expect(verdict(kind, true)).toMatchObject({ kind: "busy", maybeDelivered: true });
    expect(verdict(kind, false)).toMatchObject({ kind: "busy", maybeDelivered: false });
  });
  test.each(["tls", "unsupported"] as const)("W21 %s is a wrong configuration: waiting does not mend it", (kind) =>
    expect(verdict(kind, false).kind).toBe("misconfigured"),
  );
  test("what an injected transport throws is busy, whatever it is", () => {
    for (const thrown of [
      undefined,
      null,
      "text",
      new TypeError("x"),
      {
        toString: () => {
          throw 1;
        },
      },
    ]) {
      expect(classifyError(thrown, EXCHANGE)).toMatchObject({ kind: "busy", maybeDelivered: true });
    }
  });
});
