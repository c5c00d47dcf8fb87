import * as workflow from "@temporalio/workflow";
import { everspanInterceptors } from "everspan/temporal-workflow";

export const interceptors = () => everspanInterceptors(workflow);
