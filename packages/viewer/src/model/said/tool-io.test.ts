import { describe, expect, test } from "vitest";
import { readToolInput, readToolOutput } from "./tool-io.ts";

describe("a tool's input", () => {
  test("a command stands apart from the other arguments", () => {
    expect(readToolInput({ command: "ls", cwd: "/repo" })).toEqual({
      command: { label: "command", value: "ls" },
      arguments: [{ label: "cwd", value: "/repo" }],
    });
  });

  test("is read from text, from JSON text and from wrapped values", () => {
    expect(readToolInput("ls").command?.value).toBe("ls");
    expect(readToolInput('{"code": "1+1"}').command).toEqual({ label: "code", value: "1+1" });
    expect(readToolInput({ value: "ls" }).command?.value).toBe("ls");
    expect(readToolInput({ arguments: '{"sql": "select 1"}' }).command?.value).toBe("select 1");
  });
});

describe("a tool's output", () => {
  test("texts have panels of their own, the return code says whether it failed", () => {
    expect(readToolOutput({ output: "boom", returncode: 2, seconds: 4 })).toEqual({
      returnCode: 2,
      texts: [{ label: "output", value: "boom" }],
      values: [{ label: "seconds", value: 4 }],
      isError: true,
    });
    expect(readToolOutput({ stdout: "ok", stderr: "", exitCode: 0 })).toMatchObject({ returnCode: 0, isError: false });
  });

  test("a Model Context Protocol result is its text", () => {
    const output = readToolOutput({
      content: [
        { type: "text", text: "one" },
        { type: "text", text: "two" },
      ],
      isError: true,
    });
    expect(output).toEqual({ texts: [{ label: "content", value: "one\ntwo" }], values: [], isError: true });
  });

  test("a shell's answer in tags is read in parts", () => {
    const text =
      "<returncode>1</returncode>\n<warning>\nlong\n</warning><output_head>\nabc\n</output_head>\n<elided_chars>\n9 chars\n</elided_chars>\n<output_tail>\nxyz\n</output_tail>";
    const output = readToolOutput(text);
    expect(output.returnCode).toBe(1);
    expect(output.texts.map(({ label, value }) => [label, value])).toEqual([
      ["warning", "long"],
      ["output_head", "abc"],
      ["elided_chars", "9 chars"],
      ["output_tail", "xyz"],
    ]);
  });

  test("output that itself holds tags is kept whole", () => {
    const text = "<returncode>0</returncode>\n<output>\na </output> b\n</output>";
    expect(readToolOutput(text).texts).toEqual([{ label: "output", value: "a </output> b" }]);
  });

  test("falsy results are results", () => {
    expect(readToolOutput(0).values).toEqual([{ label: "result", value: 0 }]);
    expect(readToolOutput(false).values).toEqual([{ label: "result", value: false }]);
    expect(readToolOutput(undefined).values).toEqual([]);
  });
});
