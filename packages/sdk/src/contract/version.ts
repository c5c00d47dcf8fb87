/** The version of the SDK, the same as in its manifest (a test compares them). */
export const EVERSPAN_VERSION = "0.1.0";
