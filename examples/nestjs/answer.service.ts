/** Stands in for an agent: it looks something up, and writes its answer, whole or word by word. */
import { Readable } from "node:stream";
import { Injectable, NotFoundException } from "@nestjs/common";
import { defaultTracer } from "everspan";

const tracer = defaultTracer();

@Injectable()
export class AnswerService {
  whole = tracer.traced("answer", (city: string) => this.#answer(city), { type: "AGENT_WORKFLOW" });

  streamed(city: string): Readable {
    const words = tracer.traced("answer", this.#words.bind(this), { type: "AGENT_WORKFLOW" });
    return Readable.from(words(city));
  }

  async #answer(city: string): Promise<string> {
    const degrees = await tracer.span("look_up_weather", { type: "CODE_EXECUTION", input: city }, async () => {
      // An answer, not a failure: the request's span says 404 and is no error; this one is.
      if (city === "Nowhere") throw new NotFoundException("no such city");
      return city.length;
    });
    return `It is ${degrees} degrees.`;
  }

  async *#words(city: string): AsyncGenerator<string> {
    for (const word of (await this.#answer(city)).split(/(?<= )/)) yield word;
  }
}
