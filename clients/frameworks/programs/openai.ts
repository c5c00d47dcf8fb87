import OpenAI from "openai";

const openai: OpenAI = new OpenAI({ apiKey: "k", baseURL: process.env.PROVIDER });
const { output_text } = await openai.responses.create({ model: "gpt-4", input: "hi" });
console.log(output_text);
