import { expect, test } from "vitest";
import { classView } from "./class-view.ts";

class Base {
  ask() {
    return "asked";
  }
}
class Chat extends Base {
  readonly own = () => "own";
}
class Client {
  readonly #chat = new Chat();
  get chat() {
    return this.#chat;
  }
}

test("what is defined on the view is there for every instance, also for those made before and later, and nowhere else", () => {
  const before = new Client();
  const { chat } = classView(new Client());
  expect(chat.ask()).toBe("asked");
  const { ask } = chat;
  Object.defineProperty(chat, "ask", { value: () => `observed: ${ask()}`, configurable: true });
  expect([before.chat.ask(), new Client().chat.ask(), new Base().ask()]).toEqual(Array(3).fill("observed: asked"));
  expect(Object.hasOwn(new Client().chat, "ask")).toBe(false);
});

test("what an instance has for itself is left alone, and so is what every object has", () => {
  const { chat } = classView(new Client());
  for (const name of ["own", "toString", "absent"]) {
    expect(Reflect.defineProperty(chat, name, { value: () => "changed", configurable: true })).toBe(false);
  }
  expect([new Client().chat.own(), String({})]).toEqual(["own", "[object Object]"]);
});
