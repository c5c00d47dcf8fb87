import { type Body, bodyOf } from "./body.ts";

/** Builds `{"items":[…]}` and the like. */
export class BodyBuilder {
  async list(open: string, values: readonly unknown[], close: string): Promise<Body> {
    return bodyOf([Buffer.from(open + values.map((value) => JSON.stringify(value)).join(",") + close)]);
  }
}
