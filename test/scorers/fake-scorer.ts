/** A scorer with made-up risks that keeps what it was asked, obeys deadlines and signals, and breaks on command. */
import { SluiceError } from "../../src/errors.ts";
import type { ScoreOptions, Scorer } from "../../src/scorers/scorer.ts";
import { type Content, judgedText, type LeafSpec, type Policy, type Score } from "../../src/types.ts";

/** One call. */
export interface Asked {
	readonly texts: readonly string[];
	readonly policies: readonly string[];
	readonly options: ScoreOptions;
}

/** What a test may choose. */
export interface FakeScorerOptions {
	/** Kind of the specs it measures; others are refused. Default head. */
	readonly kind?: LeafSpec["kind"];
	readonly id?: string;
	readonly tokens?: number;
	/** Risk of a text under a policy; undefined gives the action block in place of one. Default: the number in the text. */
	risk?(text: string, policy: string): number | undefined;
	/** Waited for before the answer, unless deadline or signal end the call; may throw. */
	before?(asked: Asked): Promise<unknown> | undefined;
}

/** The scorer and what it was asked. */
export interface FakeScorer extends Scorer {
	readonly asked: Asked[];
	readonly closed: number;
}

/** Builds it. */
export function createFakeScorer(options: FakeScorerOptions = {}): FakeScorer {
	const { kind = "head", id = kind, tokens = 7, risk = riskIn, before } = options;
	const asked: Asked[] = [];
	const running = new Set<(error: SluiceError) => void>();
	let closed = 0;
	return {
		model: { id, hash: `hash of ${id}` },
		maxCharacters: 1000,
		asked,
		get closed() {
			return closed;
		},
		check: (policy) => checkKind(policy, kind),
		async score(contents, policies, limits = {}) {
			if (closed > 0) throw new SluiceError("inference_failed", { detail: "closed" });
			for (const policy of policies) checkKind(policy, kind);
			const call = { texts: contents.map(judgedText), policies: policies.map((p) => p.id), options: limits };
			asked.push(call);
			const work = Promise.resolve(before?.(call)).then(() =>
				contents.map((content) => toScore(content, policies, { kind, tokens, risk })),
			);
			return await withLimits(work, limits, running);
		},
		load: () => ({ queued: 0, running: running.size }),
		async close() {
			closed++;
			for (const end of running) end(new SluiceError("inference_failed", { detail: "closed" }));
		},
	};
}

/** The number in a text. */
export function riskIn(text: string): number {
	return Number(/\d\.\d+|[01]$/.exec(text)?.[0] ?? 0.25);
}

function checkKind({ id, scorer }: Policy, kind: string): void {
	if (scorer.kind === kind) return;
	const detail = `policy ${id}: scorer.kind "${scorer.kind}" is not measured here`;
	throw new SluiceError("invalid_policy", { detail, pointer: "/scorer/kind" });
}

function toScore(
	content: Content,
	policies: readonly Policy[],
	of: { kind: string; tokens: number; risk(text: string, policy: string): number | undefined },
): Score {
	const risks: Record<string, number> = {};
	const decisions: NonNullable<Score["decisions"]>[string][] = [];
	for (const { id } of policies) {
		const risk = of.risk(judgedText(content), id);
		if (risk !== undefined) risks[id] = risk;
		const base = { scorer: of.kind, stages: 1, ms: 1, tokens: of.tokens };
		decisions.push(risk === undefined ? { ...base, instead: { action: "block", reason: "failed" } } : base);
	}
	const byPolicy = Object.fromEntries(policies.map(({ id }, i) => [id, decisions[i]!]));
	const end = judgedText(content).length;
	const spans = Object.fromEntries(policies.map(({ id }) => [id, end === 0 ? [] : [{ start: 0, end, weight: 1 }]]));
	return { risks, spans, tokens: of.tokens, decisions: byPolicy };
}

function withLimits<T>(
	work: Promise<T>,
	{ deadlineMs, signal }: ScoreOptions,
	running: Set<(error: SluiceError) => void>,
): Promise<T> {
	const { promise, resolve, reject } = Promise.withResolvers<T>();
	running.add(reject);
	const abort = (): void => reject(new SluiceError("aborted", { detail: "aborted" }));
	const leftMs = deadlineMs === undefined ? undefined : deadlineMs - performance.now();
	const late = (): void => reject(new SluiceError("deadline_exceeded", { detail: "late" }));
	const timer = leftMs === undefined || leftMs <= 0 ? undefined : setTimeout(late, leftMs);
	if (leftMs !== undefined && leftMs <= 0) late();
	if (signal?.aborted) abort();
	signal?.addEventListener("abort", abort, { once: true });
	work.then(resolve, reject);
	return promise.finally(() => {
		running.delete(reject);
		clearTimeout(timer);
		signal?.removeEventListener("abort", abort);
	});
}
