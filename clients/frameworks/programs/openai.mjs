/** Knows nothing of tracing. Reads its question from the standard input, and ends in the middle of things. */
import OpenAI from "openai";

const openai = new OpenAI({ apiKey: "k", baseURL: process.env.PROVIDER });
let question = "";
for await (const chunk of process.stdin) question += chunk;
const messages = [{ role: "user", content: question }];
const { choices } = await openai.chat.completions.create({ model: "gpt-4", messages });
console.log(process.argv.slice(2).join(" "), choices[0].message.content);
for await (const { choices } of await openai.chat.completions.create({ model: "gpt-4", messages, stream: true })) {
  process.stdout.write(choices[0].delta.content ?? "");
}
console.error("to the other output");
process.exit(3);
