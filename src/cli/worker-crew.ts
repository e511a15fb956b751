/**
 * What a worker does for gateways while its policies change: it judges by the new ones beside the old ones, for as long as some
 * gateway has the old ones, so that no gateway is left without a worker and none gets a verdict by other policies than its own.
 */
import { type ScanWorker, startScanWorker } from "../batch/index.ts";
import type { Config } from "../config.ts";
import { fingerprintPolicies, type GatewayNotice, type ScoreWorker, startScoreWorker } from "../dispatch/index.ts";
import { createBatchFormat } from "../http/batch-format.ts";
import type { Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";
import type { QueueBackend } from "../queue/index.ts";
import type { Observers } from "./observers.ts";

/** Gateways speak every two seconds; one that was silent for so long does not count. */
const SILENT_MS = 10_000;
const LOOK_EVERY_MS = 1000;

/** See the header. */
export interface WorkerCrew {
	/** Resolves once the first takes jobs; rejects when its model cannot be loaded. */
	ready(): Promise<void>;
	/** Judges by another moderator from now on, and by those before while they are needed. */
	use(moderator: Moderator): Promise<void>;
	close(): Promise<void>;
}

/** What a crew needs. */
export interface WorkerCrewParts {
	readonly backend: QueueBackend;
	readonly config: Pick<Config, "concurrency" | "maxInputs">;
	readonly log: Log;
	readonly observers: Observers;
	/** May still be loading. */
	readonly first: Moderator;
	/** How long a gateway may be silent before it does not count, ms; default 10,000. */
	readonly silentMs?: number | undefined;
}

/** Judges by one set of policies. */
interface Member {
	readonly policies: string;
	readonly score: ScoreWorker;
	/** When a gateway with the same policies was last heard. */
	heardMs: number;
	endScan(): Promise<void>;
}

/** Starts with the first moderator. */
export function startWorkerCrew(parts: WorkerCrewParts): WorkerCrew {
	const { backend, config, log, observers, silentMs = SILENT_MS } = parts;
	const members = new Set<Member>();
	let current: Member;
	const end = async (member: Member): Promise<void> => {
		members.delete(member);
		await Promise.all([member.endScan(), member.score.close()]);
	};
	const start = (moderator: Moderator): Member => {
		const policies = fingerprintPolicies(moderator.policies);
		const startScan = (): ScanWorker =>
			startScanWorker({
				...{ backend, moderator, log },
				format: createBatchFormat({ moderator, limits: config }),
				concurrency: Math.max(2, config.concurrency >> 1),
			});
		const scan = followOwner(policies, { start: startScan, log, isCurrent: () => member === current });
		const onGateway = (notice: GatewayNotice): void => {
			if (notice.policies === policies) member.heardMs = performance.now();
			scan.hear(notice);
		};
		const { concurrency } = config;
		const scorer = moderator.unrecorded ?? moderator; // the gateway that asks has the record
		const score = startScoreWorker({
			backend,
			moderator: scorer,
			log,
			concurrency,
			onGateway,
			tracer: observers.tracer,
		});
		const member: Member = { policies, score, heardMs: performance.now(), endScan: scan.close };
		members.add(member);
		return member;
	};
	current = start(parts.first);
	const first = current;
	const timer = setInterval(() => {
		const since = performance.now() - silentMs;
		for (const member of members) {
			if (member === current || member.heardMs >= since) continue;
			log.info({ policies: member.policies }, "no gateway has the former policies any more");
			end(member).catch(() => log.warn({ policies: member.policies }, "a queue could not be left"));
		}
	}, LOOK_EVERY_MS).unref();
	return {
		ready: () => first.score.ready(),
		async use(moderator) {
			const next = start(moderator);
			try {
				await next.score.ready();
			} catch (error) {
				await end(next);
				throw error;
			}
			const before = current;
			current = next;
			if (before.policies === next.policies) await end(before); // only what is for people has changed
		},
		async close() {
			clearInterval(timer);
			await Promise.all([...members].map(end));
		},
	};
}

/** Scans for the owner of the records as long as that has the same policies: batches are judged by the owner's. */
function followOwner(
	policies: string,
	of: { start(): ScanWorker; log: Log; isCurrent(): boolean },
): { hear(notice: GatewayNotice): void; close(): Promise<void> } {
	let scan: ScanWorker | undefined;
	let stopped = false;
	let ending: Promise<void> = Promise.resolve();
	const end = (): Promise<void> => {
		const last = scan;
		scan = undefined;
		if (last !== undefined) ending = ending.then(() => last.close()).then(() => of.log.info({}, "scanning ended"));
		return ending;
	};
	let warned: string | undefined;
	return {
		close() {
			stopped = true;
			return end();
		},
		hear(notice) {
			if (!notice.owner || stopped) return;
			if (notice.policies === policies) {
				if (scan === undefined) of.log.info({ owner: notice.id }, "scanning");
				scan ??= of.start();
				return;
			}
			if (warned !== notice.id && of.isCurrent())
				of.log.warn(
					{ owner: notice.id, its_policies: notice.policies, policies },
					"no scanning: the gateway that owns the records has other policies; give both the same SLUICE_POLICIES",
				);
			warned = notice.id;
			void end();
		},
	};
}
