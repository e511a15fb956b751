/** Wires the record of decisions that the settings describe, if any, to the service whose decisions are recorded. */
import { type AuditLog, type DecisionTrail, openTrail } from "../audit/index.ts";
import type { Config } from "../config.ts";
import type { Dependency } from "../http/route.ts";
import type { Log } from "../log.ts";
import type { Service } from "./service.ts";

const DAY_MS = 86_400_000;

/** What of the settings is about records of decisions. */
export type AuditConfig = Pick<Config, "auditDir" | "auditOnFailure" | "auditContent" | "auditKeepDays">;

/**
 * Opens the record, then what is recorded; closes them the other way round. Throws `invalid_config` where another process
 * writes the directory.
 */
export async function withTrail<T extends { close(): Promise<void> }>(
	config: AuditConfig,
	log: Log,
	open: (trail: DecisionTrail | undefined, records: AuditLog | undefined) => Promise<T>,
): Promise<T> {
	const { auditDir, auditOnFailure: onFailure, auditContent: keepsContent, auditKeepDays } = config;
	if (auditDir === undefined) return open(undefined, undefined);
	const keepMs = auditKeepDays === undefined ? undefined : auditKeepDays * DAY_MS;
	const audit = await openTrail(auditDir, { log, keepsContent, onFailure, keepMs });
	try {
		const opened = await open(audit.trail, audit.log);
		const close = async (): Promise<void> => {
			try {
				await opened.close();
			} finally {
				await audit.close(); // last: it hears of everything
			}
		};
		return { ...opened, close };
	} catch (error) {
		await audit.close();
		throw error;
	}
}

/** A service with the record of its decisions. */
export function openRecordedService(
	config: AuditConfig,
	log: Log,
	open: (trail: DecisionTrail | undefined) => Promise<Service>,
): Promise<Service> {
	return withTrail(config, log, async (trail, records) => {
		const service = await open(trail);
		if (records === undefined) return service;
		const audit = checkRecords(records, config);
		return { ...service, trail, dependencies: { ...service.dependencies, audit } };
	});
}

/** For readiness: needed where nothing may go out unrecorded. */
function checkRecords(records: AuditLog, { auditOnFailure }: AuditConfig): Dependency {
	return {
		isNeeded: auditOnFailure === "block",
		check: async () =>
			records.isFailing ? "decision records cannot be written; look at the disk of the audit directory" : undefined,
	};
}
