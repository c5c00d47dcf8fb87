/** Waits for ever after a model call; handles no signal. */
import OpenAI from "openai";

const openai = new OpenAI({ apiKey: "k", baseURL: process.env.PROVIDER });
await openai.chat.completions.create({ model: "gpt-waits", messages: [{ role: "user", content: "hi" }] });
setInterval(() => {}, 1_000_000);
console.log("waits");
