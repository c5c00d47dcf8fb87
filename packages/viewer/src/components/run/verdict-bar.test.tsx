// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { VerdictBar } from "./verdict-bar.tsx";

afterEach(cleanup);

test("each line leads to what it is about; one about no span can't be chosen", () => {
  const onGo = vi.fn();
  render(
    <VerdictBar
      lines={[
        { kind: "failure", text: "ParseError: no offers", where: "step 7", nodeIndex: 4 },
        { kind: "loss", text: "12 records dropped" },
      ]}
      onGo={onGo}
    />,
  );
  fireEvent.click(screen.getByRole("button", { name: /ParseError/ }));
  expect(onGo).toHaveBeenCalledExactlyOnceWith(4);
  expect(screen.getByText("12 records dropped").closest("button")).toBeNull();
});

test("without anything to say there is no bar", () => {
  const { container } = render(<VerdictBar lines={[]} onGo={vi.fn()} />);
  expect(container.childElementCount).toBe(0);
});
