/**
 * What BullMQ offers and this backend does not: flows, job schedulers, metrics kept by the datastore. Each call says so by
 * its name.
 */
import type { IQueueBackend } from "bullmq";
import { SluiceError } from "../../errors.ts";

type Unsupported =
	| "addFlow"
	| "addJobScheduler"
	| "updateJobSchedulerNextMillis"
	| "removeJobScheduler"
	| "getJobScheduler"
	| "isJobScheduler"
	| "getJobSchedulerData"
	| "getJobSchedulersRange"
	| "getJobSchedulersCount"
	| "moveToWaitingChildren"
	| "removeUnprocessedChildren"
	| "removeChildDependency"
	| "getDependencyCounts"
	| "getDependencies"
	| "getProcessedChildrenValues"
	| "getIgnoredChildrenFailures"
	| "getMetrics"
	| "paginate";

/** The error of a feature that is not there. */
export function toUnsupported(feature: string): SluiceError {
	return new SluiceError("internal", { detail: `${feature} is not supported by the sqlite backend` });
}

function decline(name: Unsupported): () => Promise<never> {
	return async () => {
		throw toUnsupported(name);
	};
}

/** The calls that are not there. */
export const UNSUPPORTED: Readonly<Pick<IQueueBackend, Unsupported>> = {
	addFlow: decline("addFlow"),
	addJobScheduler: decline("addJobScheduler"),
	updateJobSchedulerNextMillis: decline("updateJobSchedulerNextMillis"),
	removeJobScheduler: decline("removeJobScheduler"),
	getJobScheduler: decline("getJobScheduler"),
	isJobScheduler: decline("isJobScheduler"),
	getJobSchedulerData: decline("getJobSchedulerData"),
	getJobSchedulersRange: decline("getJobSchedulersRange"),
	getJobSchedulersCount: decline("getJobSchedulersCount"),
	moveToWaitingChildren: decline("moveToWaitingChildren"),
	removeUnprocessedChildren: decline("removeUnprocessedChildren"),
	removeChildDependency: decline("removeChildDependency"),
	getDependencyCounts: decline("getDependencyCounts"),
	getDependencies: decline("getDependencies"),
	getProcessedChildrenValues: decline("getProcessedChildrenValues"),
	getIgnoredChildrenFailures: decline("getIgnoredChildrenFailures"),
	getMetrics: decline("getMetrics"),
	paginate: decline("paginate"),
};
