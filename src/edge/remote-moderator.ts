/**
 * The moderator of an edge: judges nothing itself, but asks the origin, which judges by the same policies, or remembers what
 * the origin said of the same text. The same interface as the one over a model.
 */
import { createVerdictReader, fingerprintPolicies, type WireVerdict } from "../dispatch/index.ts";
import { ERRORS, type ErrorCode, isSluiceError, SluiceError } from "../errors.ts";
import type { Caller } from "../http/caller.ts";
import {
	EDGE_PATHS,
	type EdgeManifest,
	type VerdictsRequest,
	type VerdictsResponse,
	VerdictsResponseSchema,
} from "../http/protocols/edge.ts";
import { grantPolicies } from "../keys/index.ts";
import type { ModerateOptions, Moderator } from "../moderator.ts";
import { type Content, contentLength, judgedText, type ModelIdentity, type Policy, type Verdict } from "../types.ts";
import type { Origin } from "./origin.ts";
import type { OnFailure } from "./settings.ts";
import type { VerdictCache } from "./verdict-cache.ts";

/** How the decisions of {@link toDeclared} name who did not decide. */
const SCORER = "remote:origin";
/** Errors of the origin that are the caller's business, or tell the caller when to come again. */
const PASSED: ReadonlySet<string> = new Set<ErrorCode>([
	...(["invalid_request", "text_too_long", "rate_limited", "forbidden", "not_configured"] as const),
	...(["overloaded", "not_ready", "no_score", "audit_unavailable", "queue_unavailable"] as const),
	...(["deadline_exceeded", "inference_failed"] as const),
]);
/** Errors after which the declared consequence applies: nothing is wrong with the request. */
const FAILURES: ReadonlySet<string> = new Set<ErrorCode>([
	...(["overloaded", "not_ready", "no_score", "audit_unavailable", "queue_unavailable"] as const),
	...(["deadline_exceeded", "inference_failed", "remote_failed", "internal"] as const),
]);

/** Cause of the error after which the caller can just try again. */
const CHANGED = new Error("the policies have changed");

/** What a remote moderator is made of. */
export interface RemoteModeratorParts {
	readonly origin: Pick<Origin, "ask">;
	readonly manifest: EdgeManifest;
	readonly onFailure: OnFailure;
	readonly cache?: VerdictCache | undefined;
	/** Whose request is being answered. */
	caller(): Caller | undefined;
	/** The origin judges by something else than the manifest says. */
	changed(): void;
}

/** Ready at once. */
export function createRemoteModerator(parts: RemoteModeratorParts): Moderator {
	const { manifest, cache, onFailure } = parts;
	const moderate = async (contents: readonly Content[], options: ModerateOptions = {}): Promise<Verdict[]> => {
		const { grant, budget } = options;
		const policies = grant === undefined ? manifest.policies : grantPolicies(manifest.policies, grant);
		for (const [index, content] of contents.entries()) checkLength(content, index, manifest.maxCharacters);
		const began = performance.now();
		const read = createVerdictReader(policies);
		const toVerdict = (wire: WireVerdict, model: ModelIdentity): Verdict =>
			read(wire, { model, latencyMs: performance.now() - began });
		const remembered = budget === undefined ? await cache?.find(policies, manifest.model, contents) : undefined;
		const verdicts = contents.map((_, i) => {
			const wire = remembered?.[i];
			return wire ? readRemembered(() => toVerdict(wire, manifest.model)) : undefined;
		});
		const missing = contents.flatMap((content, i) => (verdicts[i] === undefined ? [{ content, i }] : []));
		if (missing.length === 0) return verdicts as Verdict[];
		try {
			const asked = missing.map(({ content }) => content);
			const answer = await askOrigin(parts, { policies, contents: asked, options });
			const places = missing.map(({ i }) => i);
			if (answer.verdicts.length !== places.length)
				throw new SluiceError("remote_failed", { detail: "the service behind this edge gave too few verdicts" });
			for (const [k, i] of places.entries()) verdicts[i] = toVerdict(answer.verdicts[k]!, answer.model);
			if (answer.model.hash !== manifest.model.hash) parts.changed();
			else if (budget === undefined)
				await cache?.keep(policies, manifest.model, { contents: asked, verdicts: answer.verdicts });
		} catch (error) {
			if (onFailure === "refuse" || !isFailure(error)) throw repoint(error, missing);
			const declared = { policies, model: manifest.model, ms: performance.now() - began, action: onFailure };
			for (const { content, i } of missing) verdicts[i] = toDeclared(content, declared);
		}
		return verdicts as Verdict[];
	};
	return {
		policies: manifest.policies,
		model: manifest.model,
		maxCharacters: manifest.maxCharacters,
		moderate,
		isReady: () => true,
		ready: async () => {},
		load: () => ({ queued: 0, running: 0 }),
		close: async () => {},
	};
}

/** What another version kept is as good as nothing. */
function readRemembered(read: () => Verdict): Verdict | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}

/** An origin that judges by other policies now is not away: whoever asks again gets a verdict. */
function isFailure(error: unknown): boolean {
	return isSluiceError(error) && FAILURES.has(error.code) && error.cause !== CHANGED;
}

async function askOrigin(
	parts: RemoteModeratorParts,
	of: { policies: readonly Policy[]; contents: readonly Content[]; options: ModerateOptions },
): Promise<VerdictsResponse> {
	const { deadlineMs, signal, budget, origin: from } = of.options;
	const leftMs = deadlineMs === undefined ? undefined : Math.max(1, Math.floor(deadlineMs - performance.now()));
	const request: VerdictsRequest = {
		policies: fingerprintPolicies(of.policies),
		surface: from?.surface ?? "none",
		contents: [...of.contents],
		...(budget && { budget }),
	};
	const answer = await parts.origin.ask({
		...{ method: "POST", path: EDGE_PATHS.verdicts, caller: parts.caller(), body: JSON.stringify(request) },
		headers: {
			"content-type": "application/json",
			...(from?.requestId !== undefined && { "x-request-id": from.requestId }),
			...(leftMs !== undefined && { "x-sluice-deadline-ms": String(leftMs) }),
		},
		...(signal && { signal }),
	});
	const body: unknown = await answer.json().catch(() => undefined);
	if (!answer.ok) throw toError(answer, body, parts.changed);
	const parsed = VerdictsResponseSchema.safeParse(body);
	if (parsed.success) return parsed.data;
	throw new SluiceError("remote_failed", { detail: "the service behind this edge gave no usable answer" });
}

/** The origin's error as the edge's own. */
function toError(answer: Response, body: unknown, changed: () => void): SluiceError {
	const { error, detail, pointer } = (body ?? {}) as Partial<Record<string, unknown>>;
	const code = (error as { code?: unknown } | undefined)?.code;
	const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
	const retryAfterMs = seconds > 0 ? seconds * 1000 : undefined;
	if (code === "precondition_failed") {
		changed();
		const detail = "the policies have just changed; try again";
		return new SluiceError("not_ready", { detail, retryAfterMs: 1000, cause: CHANGED });
	}
	if (typeof code !== "string" || typeof detail !== "string" || !PASSED.has(code) || !(code in ERRORS))
		return new SluiceError("remote_failed", {
			detail: `the service behind this edge refused: ${typeof code === "string" && code in ERRORS ? code : answer.status}`,
		});
	return new SluiceError(code as ErrorCode, {
		detail,
		retryAfterMs,
		...(typeof pointer === "string" && { pointer }),
	});
}

/**
 * The origin points at `/contents/<index of what it was asked>`; a moderator points at `/<index of the content>`. Other places
 * are in no body of the caller's.
 */
function repoint(error: unknown, missing: readonly { readonly i: number }[]): unknown {
	if (!isSluiceError(error) || error.pointer === undefined) return error;
	const asked = /^\/contents\/(\d+)$/.exec(error.pointer)?.[1];
	const place = asked === undefined ? undefined : missing[Number(asked)]?.i;
	const { code, detail, retryAfterMs } = error;
	return new SluiceError(code, {
		...{ detail, retryAfterMs, cause: error },
		...(place !== undefined && { pointer: `/${place}` }),
	});
}

/** The verdict on a text that could not be judged, where the settings declare one. */
function toDeclared(
	content: Content,
	of: {
		readonly policies: readonly Policy[];
		readonly model: ModelIdentity;
		readonly ms: number;
		readonly action: Exclude<OnFailure, "refuse">;
	},
): Verdict {
	const { policies, model, ms, action } = of;
	const decision = { scorer: SCORER, stages: 1, ms, instead: { action, reason: "failed" } } as const;
	return {
		...{ action, risk: null, model, latencyMs: ms },
		policies: policies.map(({ id, thresholds: { flag, block } }) => ({
			...{ policy: id, risk: null, thresholds: { flag, block }, action, spans: [], decision },
		})),
		coverage: { characters: judgedText(content).length, tokens: 0, complete: true },
	};
}

function checkLength(content: Content, index: number, limit: number): void {
	const length = contentLength(content);
	if (length <= limit) return;
	throw new SluiceError("text_too_long", {
		detail: `text ${index} has ${length} characters; the limit is ${limit}. Split it and send the parts.`,
		pointer: `/${index}`,
	});
}
