/** Imported first: runs before the modules that the rest of the viewer consists of. */
import { askEarly } from "./api/early-answer.ts";

askEarly();
