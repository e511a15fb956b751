/**
 * Classifiers of others behind an HTTP API as a scorer: contents go out in pieces, what comes back becomes a risk per
 * policy, the highest of its categories and pieces. What could not be had is an error or the policy's declared
 * consequence, never a risk.
 */
import { createHash } from "node:crypto";
import { SluiceError } from "../../errors.ts";
import { type Content, judgedText, type Policy, type RemoteSpec, type Score } from "../../types.ts";
import { beforeDeadlineMs } from "../reserve.ts";
import type { ScoreOptions, Scorer } from "../scorer.ts";
import { CALL_POLICY, type Caller, type CallPolicy, createCaller } from "./call.ts";
import { type CallEnd, watchCall } from "./call-end.ts";
import { createGoogleService, type GoogleOptions } from "./google.ts";
import { createGuardService, type GuardOptions } from "./guard.ts";
import { createOpenAiService, type OpenAiOptions } from "./openai.ts";
import { readAll } from "./read-all.ts";
import type { RemoteService } from "./service.ts";
import { REAL_TIMING, type RemoteTiming } from "./timing.ts";
import { type RemotePolicy, toScore } from "./to-score.ts";

/** Which service, how it is reached and how it is treated; what is left out has the defaults of {@link CallPolicy}. */
export type RemoteScorerOptions = (OpenAiOptions | GoogleOptions | GuardOptions) &
	Partial<CallPolicy> & {
		/** Longest text in UTF-16 code units; default 200,000. */
		readonly maxCharacters?: number | undefined;
		readonly timing?: RemoteTiming | undefined;
	};

const SERVICES: {
	readonly [K in RemoteSpec["service"]]: (options: Extract<RemoteScorerOptions, { service: K }>) => RemoteService;
} = { openai: createOpenAiService, google: createGoogleService, guard: createGuardService };

/** What the scorer works with. */
interface Parts {
	readonly service: RemoteService;
	readonly caller: Caller;
	readonly lanes: number;
	readonly timing: RemoteTiming;
	readonly maxCharacters: number;
	/** Calls under way. */
	readonly running: Set<CallEnd>;
}

/**
 * Builds the scorer; asks nothing yet. It measures policies whose scorer is `remote` with this service. A service that
 * fails, or does not answer before the deadline, fails the call with `remote_failed`, `overloaded` or `deadline_exceeded`
 * where one of the policies declares `fail`; otherwise each text concerned gets its policies' declared actions, with the
 * last 50 ms (at most a tenth) of the time kept for saying so. A caller that leaves, and a deadline that has passed before
 * anything was asked, are errors always. `Score.tokens` is 0: the services do not tell. Throws `invalid_config`.
 */
export function createRemoteScorer(options: RemoteScorerOptions): Scorer {
	const service = (SERVICES[options.service] as (of: RemoteScorerOptions) => RemoteService)(options);
	const { timing = REAL_TIMING, maxCharacters = 200_000 } = options;
	const policy = toCallPolicy(options);
	const caller = createCaller({ service: service.name, endpoint: service.endpoint, policy, timing });
	const running = new Set<CallEnd>();
	const parts: Parts = { service, caller, lanes: policy.concurrency, timing, maxCharacters, running };
	let closed = false;
	return {
		model: toIdentity(service),
		maxCharacters,
		check: (policy) => void toRemotePolicy(policy, service),
		async score(contents, policies, limits = {}) {
			if (closed) throw closedScorer();
			return await scoreAll(contents, policies, { ...parts, limits });
		},
		load: () => caller.load(),
		async close() {
			closed = true;
			for (const call of running) call.end(closedScorer());
		},
	};
}

async function scoreAll(
	contents: readonly Content[],
	policies: readonly Policy[],
	{ service, caller, lanes, timing, maxCharacters, running, limits }: Parts & { limits: ScoreOptions },
): Promise<Score[]> {
	const began = timing.now();
	const measured = policies.map((policy) => toRemotePolicy(policy, service));
	const strict = measured.some(({ onFailure }) => onFailure === "fail");
	const pieces = contents.map((content, index) => toPieces(content, `/${index}`, { service, maxCharacters }));
	const leftMs = limits.deadlineMs === undefined ? Number.POSITIVE_INFINITY : limits.deadlineMs - began;
	if (leftMs <= 0)
		throw new SluiceError("deadline_exceeded", { detail: "the deadline passed before the remote service was asked" });
	const timeMs = strict ? leftMs : beforeDeadlineMs(leftMs);
	const end = watchCall(limits, timeMs);
	running.add(end);
	try {
		const { priority = 0 } = limits;
		const outcomes = await readAll(pieces, { service, caller, end, strict, lanes, endMs: began + timeMs, priority });
		const ms = timing.now() - began;
		return outcomes.map((of) => toScore(of, measured, { service: service.name, ms }));
	} finally {
		running.delete(end);
		end.release();
	}
}

function toPieces(
	content: Content,
	pointer: string,
	{ service, maxCharacters }: Pick<Parts, "service" | "maxCharacters">,
): Content[] {
	const { length } = judgedText(content);
	if (length <= maxCharacters) return service.split(content, pointer);
	throw new SluiceError("text_too_long", {
		detail: `has ${length} characters; the limit is ${maxCharacters}. Split it and send the parts.`,
		pointer,
	});
}

function toRemotePolicy({ id, scorer }: Policy, { name, categories: known }: RemoteService): RemotePolicy {
	const refuse = (why: string, pointer: string): never => {
		throw new SluiceError("invalid_policy", { detail: `policy ${id}: ${why}`, pointer });
	};
	if (scorer.kind !== "remote")
		return refuse(`scorer.kind "${scorer.kind}" is not measured by a remote service`, "/scorer/kind");
	const { service, categories, onFailure } = scorer;
	if (service !== name) refuse(`scorer.service "${service}" is not "${name}"`, "/scorer/service");
	const unknown = categories.filter((category) => !known.includes(category));
	if (unknown.length > 0)
		refuse(`scorer.categories: ${name} has no ${unknown.join(", ")}; it has ${known.join(", ")}`, "/scorer/categories");
	return { id, categories, onFailure };
}

function toCallPolicy(options: Partial<CallPolicy>): CallPolicy {
	const given = Object.entries(options).filter(([name, value]) => name in CALL_POLICY && value !== undefined);
	return { ...CALL_POLICY, ...Object.fromEntries(given) };
}

/** The hash covers what we know of what decides the risks: who is asked, and for which model. */
function toIdentity({ name, model, endpoint }: RemoteService): Scorer["model"] {
	const hash = createHash("sha256")
		.update(JSON.stringify([name, model, endpoint.url]))
		.digest("hex");
	return { id: `remote:${name}:${model}`, hash };
}

function closedScorer(): SluiceError {
	return new SluiceError("inference_failed", { detail: "the remote scorer is closed" });
}
