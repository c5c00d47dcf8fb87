/** Where the collector says what happened: one line an event, never with payloads or credentials. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Standard output belongs to the one line that says where the collector listens. */
export const stderrLogger: Logger = {
  info: (message) => writeLine(message),
  warn: (message) => writeLine(`warning: ${message}`),
  error: (message) => writeLine(`error: ${message}`),
};

/** One JSON object a line: `time` (RFC 3339), `level`, `message`. Every control character is escaped. */
export const jsonLogger: Logger = {
  info: (message) => writeObject("info", message),
  warn: (message) => writeObject("warn", message),
  error: (message) => writeObject("error", message),
};

export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} };

function writeLine(message: string): void {
  process.stderr.write(`${oneLine(message)}\n`);
}

function writeObject(level: keyof Logger, message: string): void {
  writeLine(JSON.stringify({ time: new Date().toISOString(), level, message }));
}

/** Control characters would let a message forge lines or steer a terminal. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
