/**
 * A guarded generation of the engine in this process: where the guard blocks, the words that are to blame are taken back,
 * forbidden at their place and drawn again, and the same stream goes on; it is refused only when that fails. Only judged text
 * leaves, as in `hold`, and what left is never contradicted.
 */
import { SluiceError } from "../errors.ts";
import type { Draft, GenerationResult, TextStream } from "../generator/index.ts";
import type { GuardReport, RewindEvent } from "./events.ts";
import { guardStream } from "./guard-stream.ts";
import { createLastReading, type LastReading } from "./last-reading.ts";
import { type GuardOptions, parseGuardOptions } from "./options.ts";
import { rememberAnswers } from "./remember-answers.ts";
import { createTokenRelease, type PassingEvent, type Told } from "./token-release.ts";

/** Options of {@link guardGeneration}. */
export interface GuardGenerationOptions extends Omit<GuardOptions, "mode" | "onReport" | "maxAheadDeltas"> {
	/** How often text may be taken back and drawn again, in the whole stream, before it is refused. Default 8. */
	readonly tries?: number | undefined;
	/** Judged tokens that stay back although nothing speaks against them, so that more can be taken back. Default 0. */
	readonly holdTokens?: number | undefined;
	/** Tokens drawn beyond the judged ones at most; a longer word goes on all the same. Default 16. */
	readonly aheadTokens?: number | undefined;
	/** Told once how it ended, whatever the end. */
	readonly onReport?: ((report: GenerationReport) => void) | undefined;
}

/** What became of it: the guard's report on the text as it is at the end, times of judging summed up over all readings. */
export interface GenerationReport extends GuardReport {
	readonly rewinds: readonly RewindEvent[];
	/** Tokens drawn, those taken back included. */
	readonly drawnTokens: number;
}

/** The last event. `result` is undefined where the text was not generated to its end. */
export interface GenerationEndEvent {
	readonly type: "end";
	readonly report: GenerationReport;
	readonly result: GenerationResult | undefined;
}

/** What a guarded generation gives. */
export type GenerationEvent = PassingEvent | RewindEvent | GenerationEndEvent;

/**
 * Guards a draft and closes it at the end. Throws `invalid_request` or `invalid_policy` at once where an option does not fit;
 * while reading, what the engine throws, after the text that was judged, and `aborted` by the signal. The text is decided by
 * prompt, options and seed. Leaving the iteration ends the generation.
 */
export function guardGeneration(draft: Draft, options: GuardGenerationOptions): AsyncIterableIterator<GenerationEvent> {
	const run = new GenerationRun(draft, options);
	const events = run.events();
	return {
		next: () => events.next(),
		return() {
			run.leave();
			return events.return();
		},
		throw(error) {
			run.leave();
			return events.throw(error);
		},
		[Symbol.asyncIterator]() {
			return this;
		},
	};
}

class GenerationRun {
	readonly #draft: Draft;
	readonly #guard: GuardOptions;
	readonly #tries: number;
	readonly #holdTokens: number;
	readonly #onReport: GuardGenerationOptions["onReport"];
	readonly #record: LastReading | undefined;
	readonly #told: Told = { offset: 0, marks: 0, characters: 0 };
	readonly #rewinds: RewindEvent[] = [];
	#reading: ReturnType<typeof guardStream> | undefined;
	#report: GuardReport | undefined;
	#guardMs = 0;
	#isLeft = false;
	/** The longest safe text so far, and how often it was not reached again since. */
	#safe = -1;
	#stuck = 0;

	constructor(draft: Draft, options: GuardGenerationOptions) {
		const { tries = 8, holdTokens = 0, aheadTokens = 16, onReport, record, ...guard } = options;
		this.#draft = draft;
		this.#tries = checkWhole("tries", tries, 0);
		this.#holdTokens = checkWhole("holdTokens", holdTokens, 0);
		this.#onReport = onReport;
		this.#guard = {
			...guard,
			mode: "hold",
			maxAheadDeltas: checkWhole("aheadTokens", aheadTokens, 1),
			escalation: guard.escalation && rememberAnswers(guard.escalation),
			onReport: (report) => {
				this.#report = report;
				this.#guardMs += report.guardMs;
			},
		};
		parseGuardOptions(this.#guard);
		this.#record = record && createLastReading(record(guard.policies));
		if (this.#record !== undefined) this.#guard = { ...this.#guard, record: this.#record.read };
	}

	leave(): void {
		this.#isLeft = true;
		void this.#reading?.return?.();
	}

	async *events(): AsyncGenerator<GenerationEvent, void, void> {
		try {
			for (let isOver = false; !isOver && !this.#isLeft; ) isOver = yield* this.#read();
		} finally {
			await this.#draft.close();
			if (this.#report !== undefined) this.#tell(this.#toReport(this.#report));
		}
	}

	/** Reads the text as it is now; whether that was the last time. */
	async *#read(): AsyncGenerator<GenerationEvent, boolean, void> {
		const draft = this.#draft;
		const release = createTokenRelease(this.#told, { endsOf: () => draft.ends, holdTokens: this.#holdTokens });
		const text = draft.read();
		this.#reading = guardStream(() => toDeltas(text), this.#guard);
		let report: GuardReport | undefined;
		try {
			for await (const event of this.#reading) {
				if (event.type === "end") report = event.report;
				else yield* release.take(event);
			}
		} catch (error) {
			if (report === undefined) throw error;
			yield* release.finish();
			yield this.#end(report, undefined);
			throw error;
		}
		if (report === undefined) return true; // left
		const rewind = await this.#rewind(report);
		if (rewind !== undefined) {
			this.#rewinds.push(rewind);
			yield rewind;
			return false;
		}
		yield* release.finish();
		yield this.#end(report, report.action === "block" ? undefined : await text.finished);
		return true;
	}

	/** Undefined where nothing is to be taken back, or can be. */
	async #rewind({ blocked, lastSafeOffset }: GuardReport): Promise<RewindEvent | undefined> {
		if (blocked === null || this.#rewinds.length >= this.#tries) return undefined;
		this.#stuck = lastSafeOffset > this.#safe ? 0 : this.#stuck + 1;
		this.#safe = Math.max(this.#safe, lastSafeOffset);
		const place = { from: lastSafeOffset, floor: this.#told.offset, more: Math.max(0, this.#stuck - 1) };
		const taken = await this.#draft.takeBack(place);
		return taken && { type: "rewind", ...blocked, ...taken };
	}

	#tell(report: GenerationReport): void {
		this.#record?.ended(report);
		this.#onReport?.(report);
	}

	#end(report: GuardReport, result: GenerationResult | undefined): GenerationEndEvent {
		return { type: "end", report: this.#toReport(report), result };
	}

	#toReport(report: GuardReport): GenerationReport {
		const { characters: releasedCharacters, offset } = this.#told;
		const leakedCharacters = report.action === "block" ? Math.max(0, offset - report.lastSafeOffset) : 0;
		const { drawnTokens } = this.#draft;
		const of = { releasedCharacters, leakedCharacters, guardMs: this.#guardMs };
		return { ...report, ...of, rewinds: this.#rewinds, drawnTokens };
	}
}

async function* toDeltas(text: TextStream): AsyncGenerator<string, void, void> {
	for await (const delta of text) if (delta.text !== "") yield delta.text;
}

function checkWhole(name: string, value: number, least: number): number {
	if (Number.isInteger(value) && value >= least) return value;
	const detail = `${name} must be a whole number from ${least}`;
	throw new SluiceError("invalid_request", { detail, pointer: `/${name}` });
}
