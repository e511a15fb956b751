/**
 * The moderator of a gateway: judges nothing itself, but sends texts through the queue to workers that judge by the same
 * policies, and waits for their verdicts. The same interface as the one over a model in this process.
 */
import { randomBytes } from "node:crypto";
import { SluiceError } from "../errors.ts";
import { grantVerdict } from "../keys/index.ts";
import type { Log } from "../log.ts";
import type { ModerateOptions, Moderator } from "../moderator.ts";
import type { QueueBackend } from "../queue/index.ts";
import type { Tracer } from "../trace/index.ts";
import { type Content, contentLength, type Policy, type Verdict } from "../types.ts";
import { runCall } from "./call.ts";
import { createFleet } from "./fleet.ts";
import { openGatewayPresence, tellToSkip } from "./gateway-presence.ts";
import { fingerprintPolicies, WIRE_VERSION } from "./judge-set.ts";
import { createLoadLimit } from "./load-limit.ts";
import { type GatewayNotice, parseWorkerNotice } from "./messages.ts";
import { createOutbox } from "./outbox.ts";
import { createVerdictReader } from "./verdict-format.ts";

const RETRY_MS = 1000;

/** What a gateway's moderator is made of. */
export interface QueuedModeratorOptions {
	readonly backend: QueueBackend;
	/** Workers judge this gateway's requests only if theirs are the same. */
	readonly policies: readonly Policy[];
	/** Longest content, UTF-16 code units; workers may take less. */
	readonly maxCharacters: number;
	readonly log: Log;
	/** Texts of this gateway on their way before calls are refused as `overloaded`; default 4096. */
	readonly maxQueue?: number | undefined;
	/** Deadline of a call that names none, ms. */
	readonly deadlineMs?: number | undefined;
	/** Whether this gateway owns the records, now or always: workers scan batches for an owner with their policies. */
	readonly owner?: boolean | (() => boolean) | undefined;
	/** After which a job without a reply is looked after, ms; default 1000. */
	readonly patienceMs?: number | undefined;
	/** Says where calls are in a trace; workers go on from there. */
	readonly tracer?: Pick<Tracer, "traceparent"> | undefined;
}

/** Listens at once; `ready()` resolves when a worker with the same policies is there. */
export function createQueuedModerator(options: QueuedModeratorOptions): Moderator {
	const { backend, policies, log, patienceMs } = options;
	const gateway = `gw-${randomBytes(8).toString("hex")}`;
	const fingerprint = fingerprintPolicies(policies);
	const fleet = createFleet({ policies: fingerprint, log });
	const skip = (ids: readonly number[]): void => tellToSkip(backend, gateway, ids);
	const outbox = createOutbox({ backend, gateway, fleet, log, skip, patienceMs });
	const limit = createLoadLimit({
		maxTexts: options.maxQueue ?? 4096,
		countJobs: outbox.countJobs,
	});
	const read = createVerdictReader(policies);
	let closed = false;
	let awaiting: (() => void)[] = [];

	const notice: Omit<GatewayNotice, "asks"> = {
		v: WIRE_VERSION,
		id: gateway,
		policies: fingerprint,
		get owner() {
			return typeof options.owner === "function" ? options.owner() : (options.owner ?? false);
		},
	};
	const presence = openGatewayPresence({
		...{ backend, notice, hearReplies: outbox.hear },
		hearWorker(message) {
			const heard = parseWorkerNotice(message);
			if (heard !== undefined) fleet.hear(heard);
			if (fleet.crew() === undefined) return;
			for (const resolve of awaiting) resolve();
			awaiting = [];
		},
		complain() {
			const reason = fleet.hindrance();
			if (reason !== undefined) log.warn({ reason }, "not ready");
		},
	});

	const hindrance = (): string | undefined => (closed ? "this gateway is shutting down" : fleet.hindrance());
	const admit = (contents: readonly Content[], deadlineMs: number): void => {
		const reason = hindrance();
		const crew = fleet.crew();
		if (reason !== undefined || crew === undefined)
			throw new SluiceError("not_ready", { detail: reason ?? "no worker is there", retryAfterMs: RETRY_MS });
		checkLengths(contents, Math.min(options.maxCharacters, crew.maxCharacters));
		const timeLeftMs = deadlineMs - performance.now();
		limit.check({ texts: contents.length, timeLeftMs }, crew, outbox.backlog());
	};
	return {
		policies,
		get model() {
			const crew = fleet.crew() ?? fleet.lastCrew();
			if (crew !== undefined) return crew.model;
			throw new SluiceError("not_ready", { detail: hindrance() ?? "no worker is there" });
		},
		get maxCharacters() {
			return Math.min(options.maxCharacters, fleet.crew()?.maxCharacters ?? options.maxCharacters);
		},
		async moderate(contents: readonly Content[], call: ModerateOptions = {}): Promise<Verdict[]> {
			const deadlineMs = call.deadlineMs ?? performance.now() + (options.deadlineMs ?? 30_000);
			admit(contents, deadlineMs);
			const trace = options.tracer?.traceparent();
			const verdicts = await runCall({ outbox, read, trace }, contents, { ...call, deadlineMs });
			const { grant } = call;
			return grant === undefined ? verdicts : verdicts.map((verdict) => grantVerdict(verdict, grant));
		},
		isReady: () => hindrance() === undefined,
		hindrance,
		async ready() {
			await presence.opened;
			if (fleet.crew() === undefined) await new Promise<void>((resolve) => awaiting.push(resolve));
		},
		load: () => ({ queued: outbox.backlog().texts, running: 0 }),
		async close() {
			if (closed) return;
			closed = true;
			await outbox.close();
			await presence.close();
		},
	};
}

function checkLengths(contents: readonly Content[], limit: number): void {
	for (const [index, content] of contents.entries()) {
		const length = contentLength(content);
		if (length > limit)
			throw new SluiceError("text_too_long", {
				detail: `text ${index} has ${length} characters; the limit is ${limit}. Split it and send the parts.`,
				pointer: `/${index}`,
			});
	}
}
