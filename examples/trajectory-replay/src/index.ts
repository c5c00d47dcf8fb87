/** Recorded mini-swe-agent runs, replayed through the SDK. */
export { awaitDelivery, countLost, type DeliveryOptions } from "./delivery.ts";
export { type Replay, type ReplayOptions, replayTrajectory } from "./replay.ts";
export { scheduleRun } from "./schedule.ts";
export { parseTrajectory, type Trajectory, TrajectoryError } from "./trajectory.ts";
