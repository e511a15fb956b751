/**
 * One guarded stream: reads the source while the text before is judged, and gives events as they may leave. Text waits for the
 * judge, the source for both, and all of them for the reader.
 */
import { isSluiceError, SluiceError } from "../errors.ts";
import type { PrefixScore, ScoreStream } from "../scorers/stream/index.ts";
import type { Action } from "../types.ts";
import { createEscalator, type Escalator } from "./escalate.ts";
import type { Finding, GuardEvent, GuardReport } from "./events.ts";
import { createHoldTimes } from "./hold-times.ts";
import { createJudge, type Judge, type Judgement } from "./judge.ts";
import type { Settings, StreamRecorder } from "./options.ts";
import { createRelease, type Release } from "./release.ts";
import { createSource, type Source, type TextSource } from "./source.ts";
import { createSourceText, type SourceText } from "./source-text.ts";
import { createWake } from "./wake.ts";

/** UTF-16 units that are judged without waiting for more: a run of the classifier for so many is as cheap a unit as it gets. */
const ENOUGH = 256;

/** See the header. */
export class GuardRun {
	readonly #settings: Settings;
	readonly #wake = createWake();
	readonly #holdTimes = createHoldTimes();
	readonly #text: SourceText = createSourceText((ms) => this.#holdTimes.add(ms));
	readonly #judge: Judge;
	readonly #release: Release;
	readonly #escalator: Escalator | undefined;
	readonly #source: Source;
	readonly #recorder: StreamRecorder | undefined;
	#stream: ScoreStream | undefined;
	/** Events that come before further text. */
	#events: GuardEvent[] = [];
	#isJudging = false;
	/** Whether text has come that the stream may have something to say about. */
	#isFresh = true;
	/** Length of the longest judged prefix, and of the longest one that did not stop the stream. */
	#judged = 0;
	#safe = 0;
	#last: PrefixScore | undefined;
	#blocked: Finding | undefined;
	#failure: NonNullable<GuardReport["failure"]> | undefined;
	#sourceError: unknown;
	#reason: GuardReport["reason"] | undefined;
	#tokens = 0;
	#releasedCharacters = 0;
	#redactedCharacters = 0;
	#escalations = 0;
	#guardMs = 0;
	/** When the last judgement of some text began. */
	#judgedAtMs = Number.NEGATIVE_INFINITY;
	#timer: NodeJS.Timeout | undefined;

	constructor(source: TextSource, settings: Settings) {
		this.#settings = settings;
		this.#judge = createJudge(settings);
		this.#release = createRelease(settings);
		this.#escalator = createEscalator(settings);
		this.#recorder = settings.record?.(settings.policies);
		this.#source = createSource(source, {
			delta: (text) => this.#take(text),
			end: () => this.#endText(),
			fail: (error) => {
				this.#sourceError = error;
				this.#endText();
			},
			timeoutMs: settings.sourceTimeoutMs,
		});
	}

	/** Makes a run that waits end at once: nobody reads it any more. */
	leave(): void {
		this.#reason ??= "reader";
		this.#source.stop();
		this.#wake.wake();
	}

	async *events(): AsyncGenerator<GuardEvent, void, void> {
		const { signal, onReport } = this.#settings;
		const abort = (): void => this.leave();
		signal?.addEventListener("abort", abort, { once: true });
		try {
			if (signal?.aborted) this.leave();
			while (!this.#isOver()) {
				this.#pull();
				this.#startJudging();
				yield* this.#emit();
				if (!this.#isOver()) await this.#wake.next();
			}
			if (signal?.aborted) throw new SluiceError("aborted", { detail: "the caller ended the guarded stream" });
			if (this.#reason === "reader") return;
			yield* this.#finish();
			if (this.#sourceError !== undefined) throw toSourceError(this.#sourceError);
		} finally {
			signal?.removeEventListener("abort", abort);
			this.#reason ??= "reader";
			this.#source.stop();
			clearTimeout(this.#timer);
			await this.#stream?.close().catch(() => {}); // its thread may be gone, and its state with it
			const report = this.#report();
			this.#recorder?.ended(report);
			onReport?.(report);
		}
	}

	#take(delta: string): void {
		this.#text.push(delta, performance.now());
		this.#recorder?.text(delta);
		if (this.#failure === undefined) {
			this.#stream?.push(delta);
			this.#escalator?.push(delta);
			this.#isFresh = true;
		}
		this.#wake.wake();
	}

	#endText(): void {
		this.#stream?.end();
		this.#isFresh = true;
		this.#wake.wake();
	}

	/** Asks for the next delta, unless the judge is behind. A judge that has nothing to do needs one whatever the limit. */
	#pull(): void {
		const { maxAheadCharacters, maxAheadDeltas } = this.#settings;
		const from = this.#passes() ? this.#text.released : this.#judged;
		const hasRoom =
			this.#text.received - from < maxAheadCharacters && !this.#text.hasDeltasBeyond(from, maxAheadDeltas);
		const isIdle = !this.#isJudging && !this.#isFresh;
		const isOpen = this.#stream !== undefined || this.#failure !== undefined;
		if (isOpen && (hasRoom || isIdle)) this.#source.pull();
	}

	/** Whether text passes unjudged. */
	#passes(): boolean {
		return this.#failure !== undefined && this.#settings.onFailure !== "block";
	}

	#isStopped(): boolean {
		return this.#blocked !== undefined || (this.#failure !== undefined && !this.#passes());
	}

	#isOver(): boolean {
		if (this.#reason !== undefined || this.#isStopped()) return true;
		return this.#source.isDone && !this.#isJudging && (!this.#isFresh || this.#failure !== undefined);
	}

	/** Whether the next judgement should wait for more text; wakes the run when it has waited enough. */
	#isTooEarly(nowMs: number): boolean {
		const { judgeIntervalMs } = this.#settings;
		if (judgeIntervalMs === 0 || this.#source.isDone || this.#text.received - this.#judged >= ENOUGH) return false;
		const leftMs = this.#judgedAtMs + judgeIntervalMs - nowMs;
		if (leftMs <= 0) return false;
		this.#timer ??= setTimeout(() => {
			this.#timer = undefined;
			this.#wake.wake();
		}, leftMs);
		return true;
	}

	#startJudging(): void {
		if (this.#isJudging || !this.#isFresh || this.#failure !== undefined) return;
		const began = performance.now();
		if (this.#isTooEarly(began)) return;
		this.#isJudging = true;
		this.#isFresh = false;
		const finish = (): void => {
			this.#guardMs += performance.now() - began;
			this.#isJudging = false;
			this.#wake.wake();
		};
		void this.#judgeMore(began)
			.catch((error: unknown) => this.#fail(error))
			.then(finish);
	}

	async #judgeMore(beganMs: number): Promise<void> {
		const { scorer, policies, mode, maxCharacters } = this.#settings;
		if (mode === "final" && this.#text.received > maxCharacters)
			throw new SluiceError("text_too_long", { detail: `the text has more than ${maxCharacters} characters` });
		if (this.#stream === undefined) {
			this.#stream = await scorer.open(policies);
			if (this.#reason !== undefined) await this.#stream.close();
			return;
		}
		const scores = await this.#stream.read(this.#limits());
		if (scores.length > 0) {
			this.#isFresh = true; // there may be more
			this.#judgedAtMs = beganMs;
		} else if (this.#source.isDone && !this.#isFresh && this.#last !== undefined) await this.#judgeWhole();
		for (const score of scores) {
			this.#tokens = score.tokens;
			this.#recorder?.scored(score);
			if (mode === "final") this.#collect(score);
			else await this.#follow(score);
			if (this.#blocked !== undefined || this.#reason !== undefined) return;
		}
	}

	#limits(): { deadlineMs: number; signal: AbortSignal | undefined } {
		return { deadlineMs: performance.now() + this.#settings.judgeTimeoutMs, signal: this.#settings.signal };
	}

	/** `final`: only what would be left out is noted before the whole is known. */
	#collect(score: PrefixScore): void {
		const redact = this.#judge.leavesOut(score);
		if (redact === undefined) this.#release.safe(score.end, Number.POSITIVE_INFINITY);
		else this.#leaveOut(redact);
		this.#judged = score.end;
		this.#last = score;
	}

	async #judgeWhole(): Promise<void> {
		const last = this.#last!;
		this.#last = undefined;
		const judgement = await this.#consider(last);
		if (judgement === undefined) return;
		this.#safe = this.#judged;
		if (judgement.redact === undefined) this.#release.redactions.length = 0; // the whole is within bounds
	}

	async #follow(score: PrefixScore): Promise<void> {
		const judgement = await this.#consider(score);
		if (judgement === undefined) return;
		if (judgement.redact === undefined) this.#release.safe(score.end, judgement.level);
		else this.#leaveOut(judgement.redact);
		this.#judged = score.end;
		this.#safe = score.end;
		this.#escalator?.judged(score.end);
	}

	/** The words since the last prefix, without the space before them. */
	#leaveOut(redact: Finding): void {
		const isGone = this.#text.released > this.#judged; // lag
		const lead = isGone ? 0 : /^\s*/.exec(this.#text.peek(this.#judged, redact.end))![0].length;
		this.#release.redact(this.#judged + lead, redact);
	}

	/** Judges a prefix, with the help of another scorer where it is in doubt; undefined where it stops the stream. */
	async #consider(score: PrefixScore): Promise<Judgement | undefined> {
		let judgement = this.#judge.judge(score);
		this.#events.push(...judgement.flags);
		if (judgement.stop === undefined && judgement.doubts.length > 0) {
			const stop = await this.#escalate(judgement);
			if (stop === undefined) {
				judgement = this.#judge.judge(score);
				this.#events.push(...judgement.flags);
			} else judgement = { ...judgement, stop };
		}
		if (judgement.stop === undefined) return judgement;
		this.#blocked = judgement.stop;
		this.#judged = score.end;
		return undefined;
	}

	async #escalate({ end, doubts }: Judgement): Promise<Finding | undefined> {
		const began = performance.now();
		const { verdict, windowStart } = await this.#escalator!.ask(end, this.#limits());
		const { stop, action } = this.#judge.answer(doubts, verdict);
		const ms = performance.now() - began;
		this.#escalations++;
		this.#events.push({ type: "escalation", ...doubts[0]!, action, windowStart, ms });
		return stop;
	}

	#fail(error: unknown): void {
		if (this.#reason !== undefined || this.#blocked !== undefined) return; // what was under way when it ended
		const known = isSluiceError(error)
			? error
			: new SluiceError("internal", { detail: "judging failed", cause: error });
		this.#failure = { code: known.code, detail: known.detail, unjudgedFrom: this.#judged };
	}

	/** What may leave now, events before the text they are about. */
	*#emit(): Generator<GuardEvent, void, void> {
		const { mode } = this.#settings;
		const isFree = mode === "lag" || this.#passes();
		for (;;) {
			while (this.#events.length > 0) yield this.#events.shift()!;
			if (this.#reason !== undefined || (this.#isStopped() && mode !== "hold")) return;
			const [redaction] = this.#release.redactions;
			const flow = mode === "final" && !this.#passes() ? 0 : this.#release.flow;
			const isClosed = redaction !== undefined && (redaction.end <= flow || this.#passes());
			const limit = isFree ? this.#text.whole : flow;
			const until = redaction === undefined || mode === "lag" ? limit : Math.min(limit, redaction.start);
			if (until > this.#text.released) yield this.#textUpTo(until);
			else if (isClosed) yield this.#redaction();
			else return;
		}
	}

	#textUpTo(end: number): GuardEvent {
		const start = this.#text.released;
		const text = this.#text.take(end, performance.now());
		this.#releasedCharacters += text.length;
		return { type: "text", text, start, end };
	}

	#redaction(): GuardEvent {
		const { start, end, finding } = this.#release.redactions.shift()!;
		const released = Math.max(0, Math.min(end, this.#text.released) - start);
		if (end > this.#text.released) this.#text.take(end, performance.now());
		this.#redactedCharacters += end - start;
		return { type: "redaction", ...finding, start, end, released };
	}

	/** The end of a stream that was not left: what may leave, all of it where nothing stopped it, then the report. */
	*#finish(): Generator<GuardEvent, void, void> {
		yield* this.#emit();
		if (!this.#isStopped()) {
			this.#release.finish(this.#passes() ? this.#text.received : this.#judged);
			yield* this.#emitRest();
		}
		this.#reason = this.#reasonOfEnd();
		yield { type: "end", report: this.#report() };
	}

	*#emitRest(): Generator<GuardEvent, void, void> {
		for (;;) {
			while (this.#events.length > 0) yield this.#events.shift()!;
			const [redaction] = this.#release.redactions;
			const until = redaction === undefined ? this.#text.received : Math.max(redaction.start, this.#text.released);
			if (until > this.#text.released) yield this.#textUpTo(until);
			else if (redaction !== undefined) yield this.#redaction();
			else return;
		}
	}

	#reasonOfEnd(): GuardReport["reason"] {
		if (this.#blocked !== undefined) return "policy";
		if (this.#failure !== undefined) return "failure";
		return this.#sourceError === undefined ? "complete" : "source";
	}

	#report(): GuardReport {
		const { mode, onFailure, scorer } = this.#settings;
		const flags = this.#judge.flags();
		const isFlagged = flags.length > 0 || this.#redactedCharacters > 0 || (this.#failure && onFailure === "flag");
		const isStopped = this.#isStopped();
		const action: Action = isStopped ? "block" : isFlagged ? "flag" : "allow";
		return {
			mode,
			action,
			reason: this.#reason ?? this.#reasonOfEnd(),
			blocked: this.#blocked ?? null,
			lastSafeOffset: this.#safe,
			releasedCharacters: this.#releasedCharacters,
			leakedCharacters: isStopped ? Math.max(0, this.#text.released - this.#safe) : 0,
			characters: this.#text.received,
			judgedCharacters: this.#judged,
			tokens: this.#tokens,
			redactedCharacters: this.#redactedCharacters,
			flags,
			escalations: this.#escalations,
			failure: this.#failure ?? null,
			holdMs: this.#holdTimes.times(),
			guardMs: this.#guardMs,
			model: scorer.model,
		};
	}
}

function toSourceError(error: unknown): SluiceError {
	if (isSluiceError(error)) return error;
	return new SluiceError("source_failed", { detail: "the source of the guarded stream broke off", cause: error });
}
