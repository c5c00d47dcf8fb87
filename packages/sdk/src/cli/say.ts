/** A line of ours, on the standard error: the standard output is the program's. */
export function say(text: string): void {
  process.stderr.write(`everspan: ${text}\n`);
}
