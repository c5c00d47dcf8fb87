// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { createRef, useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { FilterField } from "./filter-field.tsx";

afterEach(cleanup);

interface Calls {
  readonly onChange: (value: string) => void;
  readonly onLeave: () => void;
}

function Field({ start, onChange, onLeave }: Calls & { readonly start: string }) {
  const [value, setValue] = useState(start);
  return (
    <FilterField
      value={value}
      known={(key) => (key === "service" ? ["support-agent", "coding-agent"] : [])}
      inputRef={createRef<HTMLInputElement>()}
      onChange={(next) => {
        onChange(next);
        setValue(next);
      }}
      onLeave={onLeave}
    />
  );
}

function show(start = "") {
  const calls = { onChange: vi.fn(), onLeave: vi.fn() };
  render(<Field start={start} {...calls} />);
  return { ...calls, input: screen.getByRole("combobox") as HTMLInputElement };
}

const type = (input: HTMLInputElement, value: string) => {
  input.value = "";
  fireEvent.change(input, { target: { value, selectionStart: value.length, selectionEnd: value.length } });
};

test("keys and values are offered, taken by Tab, and told to those who don't see them", () => {
  const { input } = show();
  type(input, "serv");
  expect(screen.getAllByRole("option")[0]?.textContent).toContain("service:");
  fireEvent.keyDown(input, { key: "Tab" });
  expect(input.value).toBe("service:");
  type(input, "service:cod");
  fireEvent.keyDown(input, { key: "ArrowDown" });
  const option = screen.getByRole("option", { selected: true });
  expect(input.getAttribute("aria-activedescendant")).toBe(option.id);
  fireEvent.keyDown(input, { key: "Enter" });
  expect(input.value.trim()).toBe("service:coding-agent");
});

test("Enter without an offer goes into the list; Escape clears what was typed", () => {
  const { input, onLeave, onChange } = show("words");
  fireEvent.keyDown(input, { key: "Enter" });
  expect(onLeave).toHaveBeenCalledTimes(1);
  fireEvent.keyDown(input, { key: "Escape" });
  expect(onChange).toHaveBeenLastCalledWith("");
});
