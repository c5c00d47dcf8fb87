export { buildMissing as setup } from "../scripts/build-missing.mjs";
