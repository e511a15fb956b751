/**
 * A server of bench/gateway.ts and bench/soak.ts on PORT. `echo` is a bare Hono route that parses the JSON body and sends it back,
 * the other stages (stages.ts) do one thing more each. `gateway` is the whole service with keys, limits, records of decisions and
 * metrics, over a moderator that answers at once; `engine` the same over the shipped classifier: when it ends it writes to TIMES,
 * per request, the milliseconds that it spent in the process outside of judging.
 */
import { writeFileSync } from "node:fs";
import { observeModerator } from "../../src/cli/observers.ts";
import { openLocalService } from "../../src/cli/open-local-service.ts";
import { startGateway } from "../../src/cli/run-gateway.ts";
import type { OpenService, Service } from "../../src/cli/service.ts";
import { readConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import type { Moderator } from "../../src/moderator.ts";
import { createInstantModerator } from "./instant.ts";
import { STAGES, startStage } from "./stages.ts";

const { PORT, TIMES } = process.env;

const openNothing: OpenService = async (_, _log, observers = {}) => {
	const moderator = observeModerator(createInstantModerator(), observers);
	return { moderator, close: async () => {} };
};

/** Milliseconds of judging by request id, and of the whole request less that. */
const judging = new Map<string, number>();
const outside: number[] = [];

function timed(moderator: Moderator): Moderator {
	const moderate: Moderator["moderate"] = async (contents, options) => {
		const began = performance.now();
		try {
			return await moderator.moderate(contents, options);
		} finally {
			judging.set(options?.origin?.requestId ?? "", performance.now() - began);
		}
	};
	return Object.create(moderator, { moderate: { value: moderate } }) as Moderator;
}

const openEngine: OpenService = async (config, log, observers = {}) => {
	const { trail, metrics } = observers;
	const service: Service = await openLocalService(config, log, { log });
	const moderator = observeModerator(timed(service.moderator), { trail, metrics });
	return { ...service, changes: undefined, moderator };
};

function readLine(line: string): void {
	const { msg, request_id: id, ms } = JSON.parse(line) as { msg: string; request_id: string; ms: number };
	const judged = msg === "request" ? judging.get(id) : undefined;
	if (judged === undefined) return;
	judging.delete(id);
	outside.push(ms - judged);
}

const side = process.argv[2];
const stage = STAGES.find((name) => name === side);
if (stage !== undefined) {
	const { SLUICE_KEYS_FILE: keysFile = "", SLUICE_AUDIT_DIR: auditDir = "" } = process.env;
	await startStage(stage, { port: Number(PORT), keysFile, auditDir });
} else {
	const env = Object.fromEntries(
		Object.entries(process.env).filter(([name]) => name.startsWith("SLUICE_") || name === "HOST" || name === "PORT"),
	);
	const log = createLog({ level: "info", write: side === "engine" ? readLine : () => {} });
	const gateway = await startGateway(readConfig({}, env), side === "engine" ? openEngine : openNothing, log);
	process.once("SIGTERM", async () => {
		if (TIMES !== undefined) writeFileSync(TIMES, JSON.stringify(outside));
		await gateway.close();
	});
}
