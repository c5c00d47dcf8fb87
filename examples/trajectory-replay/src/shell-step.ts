/** The agent's own conventions: how it reads a command out of a reply, and how it words what the command printed. */

/** The shell commands that a reply holds. The agent runs a reply with exactly one, and refuses any other. */
export function commandsIn(reply: string): readonly string[] {
  return Array.from(reply.matchAll(/```bash\s*\n(.*?)\n```/gs), (match) => match[1] as string);
}

export interface CommandResult {
  /** Absent where the agent did not write it down: the command that hands in the work. */
  readonly returncode?: number;
  readonly output: string;
  /** Characters that the agent cut from the middle of a long output. */
  readonly elided_characters?: number;
}

const WHOLE = /^<returncode>(-?\d+)<\/returncode>\n<output>\n([\s\S]*)<\/output>\n?$/;
const ELIDED =
  /^<returncode>(-?\d+)<\/returncode>\n<warning>[\s\S]*?<\/warning><output_head>\n([\s\S]*)\n<\/output_head>\n<elided_chars>\n(\d+) characters elided\n<\/elided_chars>\n<output_tail>\n([\s\S]*)\n<\/output_tail>\n?$/;

/** Undoes the wording of an observation. One that has another wording (the submitted work) is all output. */
export function readObservation(observation: string): CommandResult {
  const whole = WHOLE.exec(observation);
  if (whole !== null) return { returncode: Number(whole[1]), output: whole[2] as string };
  const elided = ELIDED.exec(observation);
  if (elided === null) return { output: observation };
  const [, returncode, head, characters, tail] = elided;
  return {
    returncode: Number(returncode),
    output: `${head}\n[… ${characters} characters elided …]\n${tail}`,
    elided_characters: Number(characters),
  };
}
