/** A class with decorated members, as its author writes it; the test compiles it, since no runtime reads decorators yet. */
import { traced } from "../environment/traced-decorator.ts";

class Agent {
  readonly factor = 2;

  @traced() static make() {
    return new Agent();
  }

  @traced({ type: "COMPLETION" }) async answer(question: string) {
    return this.#double(question.length);
  }

  @traced({ name: "doubled" }) #double(value: number) {
    return value * this.factor;
  }

  @traced() field = (value: number) => value + this.factor;
}

export { Agent };
