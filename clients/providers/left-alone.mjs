/**
 * What of a client no span is opened for, with the reason: by patterns of the methods' paths, for each kind of client. Where
 * several patterns take a method the first one says why. `surface/` has the methods by name, so that a new one is looked at.
 */

/** Where a client's inside begins: no method of these is an application's to call. */
export const NOT_FOLLOWED = [
  "logger",
  "apiClient",
  "parentClient",
  "webSocketFactory",
  "auth",
  "config",
  "middlewareStack",
];

const STORED = "makes, lists, changes or deletes what lies at the provider: no model answers in it";
const JOB = "hands in work that the provider does later: no reply of it has the model's answer";
const ELSEWHERE = "an agent or an assistant that runs at the provider: its model calls are its own";
const INSIDE = "the client's own inside, through which requests pass that are traced further out";
const LOCAL = "asks nobody";
const SOCKET =
  "opens a connection, or the right to one; a realtime or live session of openai is observed by `observeRealtime`";

const GENERATED_INSIDE =
  /^(get|post|put|patch|delete|fetch|request|requestAPIList|getAPIList|methodRequest|stringifyQuery|parseHeaders|make\w+|build\w+|prepare\w+|default\w+|validateHeaders|auth\w+|\w+Auth|calculate\w+|shouldRetry|retryRequest|getUserAgent|fetchWith\w+|read\w+|\w+Promise|parseResponseWithTimeout|isStreamBody|backendMiddleware)$/;

const OPENAI = [
  [/^admin\./, STORED],
  [/^beta\.(agents|assistants|threads|chatkit)\./, ELSEWHERE],
  [/^(batches|fineTuning|evals|videos)\./, JOB],
  [/^vectorStores\.search$/, "looks up what is stored; it has no reply of a model"],
  [/^(realtime|live|beta\.realtime)\./, SOCKET],
  [
    /^(files|uploads|vectorStores|containers|skills|conversations|models|safety|webhooks|contentProvenanceChecks)\./,
    STORED,
  ],
  [/^audio\.(voices|voiceConsents)\./, STORED],
  [/^chat\.completions\.(messages\.list|retrieve|update|list|del|delete)$/, STORED],
  [/^(beta\.)?responses\.(retrieve|del|delete|cancel|inputItems\.list|inputTokens\.count)$/, STORED],
  [/^PagePromise#parseResponse$/, INSIDE],
  [GENERATED_INSIDE, INSIDE],
];
const ANTHROPIC = [
  [
    /^(beta\.)?(organization|files|skills|models|userProfiles|webhooks|vaults|memoryStores|tunnels|compliance)\./,
    STORED,
  ],
  [/^(beta\.)?messages\.batches\./, JOB],
  [/^beta\.(agents|environments|sessions|deployments|deploymentRuns|dreams)\./, ELSEWHERE],
  [/^(beta\.)?messages\.countTokens$/, "counts, and no model answers"],
  [/^ReadableStream#/, "a web stream's own, of a package"],
  [/^BetaToolRunner#(deferToolCall|compactBeforeNextTurn|addTools|removeTools)$/, LOCAL],
  [GENERATED_INSIDE, INSIDE],
];
const GROQ = [
  [/^(batches)\./, JOB],
  [/^(files|models)\./, STORED],
  [GENERATED_INSIDE, INSIDE],
];
const GOOGLE = [
  [
    /^models\.((?!generateContent|embedContent|generateImages|editImage|upscaleImage)\w+Internal|process\w+|maybe\w+|init\w+|\w+WithContinuation)$|\.getClient$|^getNextGenClient$|\.resolveClient$/,
    INSIDE,
  ],
  [/^models\.generateVideos$|^(batches|operations|tunings)\./, JOB],
  [/^(agents|triggers|environments)\./, ELSEWHERE],
  [/^live\./, SOCKET],
  [/^models\.(countTokens|computeTokens)$/, "counts, and no model answers"],
  [/^models\.(list|get|update|delete)$/, STORED],
  [/^interactions\.(get|cancel|delete)$/, STORED],
  [/^(files|fileSearchStores|caches|webhooks|credentials|voices|authTokens)\./, STORED],
];
const MISTRAL = [
  [/^(workflows|events)\./, ELSEWHERE],
  [/^beta\.observability\./, JOB],
  [/^batch\./, JOB],
  [/^realtime\./, SOCKET],
  [/^beta\.(?!conversations\.(start|append|restart))|^(files|models|audio\.voices)\./, STORED],
];
const COHERE = [
  [/^Stream#parse$/, LOCAL],
  // Both have one for sound.
  [
    /^client(V2)?\.(?!audio\.transcriptions\.create$)/,
    "the older client within the newer one, or the other way round; observe the one that is used",
  ],
  [/^(tokenize|detokenize|checkApiKey|fetch)$/, "no model answers"],
  [/^(batches|embedJobs|finetuning)\./, JOB],
  [/^(datasets|connectors|models)\./, STORED],
  [/^Stream#(iterSseEvents|dispatchSseEvent|injectDiscriminator)$/, INSIDE],
];
const OLLAMA = [
  [/^(create|pull|push|delete|copy|version|fileExists|show|list|ps)$/, STORED],
  [/^web(Search|Fetch)$/, "no model answers"],
  [/^(processStreamableRequest|encodeImage|fetch)$/, INSIDE],
];
const BEDROCK = [
  [/^destroy$/, LOCAL],
  [/^InvokeModelWithBidirectionalStreamCommand$/, "traced; the features of `bedrock-both-ways.features.mjs` try it"],
  [/^(StartAsyncInvoke|GetAsyncInvoke|ListAsyncInvokes)Command$/, JOB],
  [/^(ApplyGuardrail|InvokeGuardrailChecks|CountTokens)Command$/, "no model answers"],
];

/** Reasons for which a method is not called by itself: it wants what only the client has, or a server of sockets. */
const NEVER_ALONE = new Set([INSIDE, SOCKET]);
export const isCalledAlone = (name, path) => {
  const reason = reasonOf(name, path);
  return reason !== undefined && !NEVER_ALONE.has(reason);
};

function patternsOf(name) {
  if (name.startsWith("openai")) return OPENAI;
  if (name.startsWith("google")) return GOOGLE;
  if (name.startsWith("cohere")) return COHERE;
  if (name.includes("anthropic")) return ANTHROPIC;
  return { "groq-sdk": GROQ, mistral: MISTRAL, ollama: OLLAMA, bedrock: BEDROCK }[name];
}

/** Why no span is opened for the method; undefined where it must be tried. */
export const reasonOf = (name, path) => patternsOf(name).find(([pattern]) => pattern.test(path))?.[1];
