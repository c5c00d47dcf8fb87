/** `node run-survey.mjs CLIENT`: runs every feature with the bare client; prints which methods there are, and which of them it called. */
import { kindOf } from "./kinds.mjs";
import { NOT_FOLLOWED } from "./left-alone.mjs";
import { Survey } from "./surface.mjs";

const { features, make, startServer, commands = [] } = await kindOf(process.argv[2]);
const survey = new Survey();
for (const command of commands) survey.methods.add(command);
const log = Object.assign(() => {}, { named: () => () => {} });
process.on("unhandledRejection", () => {});
for (const feature of Object.values(features)) {
  const server = await startServer();
  const client = make(server.url);
  survey.follow(client, NOT_FOLLOWED);
  try {
    await (feature.run ?? feature)(client, log, server);
  } catch {
    // What a feature comes to is compared elsewhere.
  }
  server.close();
}
process.stdout.write(JSON.stringify({ methods: [...survey.methods], called: [...survey.called] }), () =>
  process.exit(0),
);
