const { OpenAI } = require("openai");

const openai = new OpenAI({ apiKey: "k", baseURL: process.env.PROVIDER });
openai.responses.create({ model: "gpt-4", input: "hi" }).then(({ output_text }) => console.log(output_text));
