import { describe, expect, test } from "vitest";
import { commandsIn, readObservation } from "./shell-step.ts";

describe("commandsIn", () => {
  test("finds the command of a reply, over several lines and with its own back-ticks", () => {
    expect(commandsIn("THOUGHT: look\n\n```bash\ncat <<'EOF' > a\n`x`\nEOF\n```")).toEqual([
      "cat <<'EOF' > a\n`x`\nEOF",
    ]);
  });

  test("finds none where the reply has no bash block, and each where it has several", () => {
    expect(commandsIn("```python\nprint()\n```")).toEqual([]);
    expect(commandsIn("```bash\nls\n```\nand\n```bash\npwd\n```")).toEqual(["ls", "pwd"]);
  });
});

describe("readObservation", () => {
  test("separates the return code from the output, and keeps the output to the last byte", () => {
    expect(readObservation("<returncode>0</returncode>\n<output>\n a <output>\n\n</output>")).toEqual({
      returncode: 0,
      output: " a <output>\n\n",
    });
    expect(readObservation("<returncode>-9</returncode>\n<output>\n</output>")).toEqual({ returncode: -9, output: "" });
  });

  test("joins head and tail of an output that the agent cut, and says how much is missing", () => {
    const observation =
      "<returncode>1</returncode>\n<warning>\nToo long.\n</warning><output_head>\nhead\n</output_head>\n" +
      "<elided_chars>\n120 characters elided\n</elided_chars>\n<output_tail>\ntail\n</output_tail>";
    expect(readObservation(observation)).toEqual({
      returncode: 1,
      output: "head\n[… 120 characters elided …]\ntail",
      elided_characters: 120,
    });
  });

  test("takes any other text as output without a return code", () => {
    expect(readObservation("diff --git a b\n")).toEqual({ output: "diff --git a b\n" });
  });
});
