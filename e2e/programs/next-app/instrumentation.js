export { register } from "../../../examples/next/instrumentation";
