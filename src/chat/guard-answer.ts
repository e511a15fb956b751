/**
 * Follows a source's answer through the guards of its choices: asks for more only when the reader and the guards have taken
 * what came, ends the source with the last choice, and lets a failure out after all text that was judged before it.
 */
import { SluiceError } from "../errors.ts";
import { toSourceError } from "../guard/parts/guard-parts.ts";
import { createWake } from "../guard/wake.ts";
import type { AnswerEvent } from "./answer.ts";
import { createGuardedChoice, type GuardedChoice } from "./guarded-choice.ts";
import type { SourceEvent, Usage } from "./source.ts";
import type { SurfaceGuard } from "./surface-guard.ts";

/** What an answer is guarded with. */
export interface GuardAnswerOptions {
	readonly guard: SurfaceGuard;
	/** Choices asked for; others are the source's failure. */
	readonly choices: number;
	/** Names that the model may call; a call of another is the source's failure: nobody judges names. */
	readonly tools: ReadonlySet<string>;
	/** Ends the answer with `aborted`; the source has to hear of it too. */
	readonly signal: AbortSignal;
}

/** The events that may be shown; the last is the end. Throws `source_failed` or what the source threw, and `aborted`. */
export async function* guardAnswer(
	source: AsyncIterable<SourceEvent>,
	options: GuardAnswerOptions,
): AsyncGenerator<AnswerEvent, void, void> {
	const run = new AnswerRun(source, options);
	yield* run.events();
}

class AnswerRun {
	readonly #options: GuardAnswerOptions;
	readonly #source: AsyncIterator<SourceEvent>;
	readonly #wake = createWake();
	readonly #choices = new Map<number, GuardedChoice>();
	#shown: AnswerEvent[] = [];
	#isPulling = false;
	#isDone = false;
	#error: { readonly cause: unknown } | undefined;
	#usage: Usage | undefined;

	constructor(source: AsyncIterable<SourceEvent>, options: GuardAnswerOptions) {
		this.#options = options;
		this.#source = source[Symbol.asyncIterator]();
	}

	async *events(): AsyncGenerator<AnswerEvent, void, void> {
		const { signal } = this.#options;
		signal.addEventListener("abort", this.#wake.wake, { once: true });
		try {
			while (!signal.aborted) {
				while (this.#shown.length > 0 && !signal.aborted) yield this.#shown.shift()!;
				if (this.#isComplete()) break;
				this.#pull();
				await this.#wake.next();
			}
			if (signal.aborted) throw new SluiceError("aborted", { detail: "the caller went away before the answer's end" });
			if (this.#error !== undefined) throw toSourceError(this.#error.cause);
			const choices = [...this.#choices.entries()].sort(([a], [b]) => a - b).map(([, choice]) => choice.judgement());
			yield { type: "end", usage: this.#usage, choices };
		} finally {
			signal.removeEventListener("abort", this.#wake.wake);
			this.#stopSource();
			for (const choice of this.#choices.values()) choice.leave();
			await Promise.all([...this.#choices.values()].map((choice) => choice.settled()));
		}
	}

	#isComplete(): boolean {
		const { size } = this.#choices;
		const areOver = [...this.#choices.values()].every(({ isOver }) => isOver);
		// a stopped choice may be the last that anything was to come for
		if (areOver && size === this.#options.choices && [...this.#choices.values()].some(({ isStopped }) => isStopped))
			this.#stopSource();
		return this.#shown.length === 0 && this.#isDone && areOver;
	}

	#pull(): void {
		if (this.#isPulling || this.#isDone || [...this.#choices.values()].some(({ isTaken }) => !isTaken)) return;
		this.#isPulling = true;
		const read = async (): Promise<void> => {
			const { value, done } = await this.#source.next();
			this.#isPulling = false;
			if (this.#isDone) return;
			if (done === true) this.#end();
			else this.#take(value);
		};
		const fail = (cause: unknown): void => {
			this.#isPulling = false;
			this.#fail(cause);
		};
		void read().catch(fail).then(this.#wake.wake);
	}

	#take(event: SourceEvent): void {
		if (event.type === "usage") {
			this.#usage = event.usage;
			return;
		}
		const choice = this.#choiceOf(event.choice);
		if (event.type === "text") choice.push(event.surface, event.text);
		else if (event.type === "finish") choice.end(event.reason);
		else if (!this.#options.tools.has(event.name))
			throw new SluiceError("source_failed", { detail: "the model called a tool that is not in the request" });
		else if (!choice.isOver) this.#shown.push(event);
	}

	#choiceOf(index: number): GuardedChoice {
		const known = this.#choices.get(index);
		if (known !== undefined) return known;
		if (!Number.isInteger(index) || index < 0 || index >= this.#options.choices)
			throw new SluiceError("source_failed", { detail: "the answer has a choice that was not asked for" });
		const choice = createGuardedChoice(index, this.#options.guard, {
			show: (event) => this.#shown.push(event),
			moved: this.#wake.wake,
			failed: (cause) => this.#fail(cause),
		});
		this.#choices.set(index, choice);
		return choice;
	}

	#end(): void {
		this.#isDone = true;
		const isWhole = this.#choices.size > 0 && [...this.#choices.values()].every(({ isEnded }) => isEnded);
		if (!isWhole)
			this.#error = { cause: new SluiceError("source_failed", { detail: "the answer ended before it was complete" }) };
		for (const choice of this.#choices.values()) choice.end();
	}

	#fail(cause: unknown): void {
		if (this.#isDone) return;
		this.#error = { cause };
		this.#stopSource();
		for (const choice of this.#choices.values()) choice.end();
	}

	#stopSource(): void {
		if (this.#isDone) return;
		this.#isDone = true;
		this.#source.return?.().then(undefined, () => {}); // nobody is left who would want to know
	}
}
