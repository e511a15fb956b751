/** One choice of an answer under its guards, one per text. Tells what may be shown, in order within each text, and its finish last. */
import { type GuardReport, guardStream } from "../guard/index.ts";
import { createFeed, type Feed } from "../guard/parts/feed.ts";
import { type AnswerEvent, type ChoiceJudgement, type JudgeFailure, STOPPED } from "./answer.ts";
import type { SurfaceName } from "./source.ts";
import type { SurfaceGuard } from "./surface-guard.ts";

/** See the header. */
export interface GuardedChoice {
	push(surface: SurfaceName, text: string): void;
	/** No more text comes; without a reason, what has been judged is all that is told. */
	end(reason?: string): void;
	/** Whether no more text can come. */
	readonly isEnded: boolean;
	/** Ends its guards at once. */
	leave(): void;
	/** Whether its finish has been told, or nothing more can be. */
	readonly isOver: boolean;
	/** Whether the guards have taken all text so far. */
	readonly isTaken: boolean;
	/** Whether a text was stopped. */
	readonly isStopped: boolean;
	/** Resolves when its guards have said their last. */
	settled(): Promise<void>;
	judgement(): ChoiceJudgement;
}

interface OpenText {
	readonly feed: Feed;
	readonly events: AsyncIterableIterator<unknown>;
	readonly done: Promise<void>;
}

/** What a choice tells. */
export interface ChoiceCalls {
	show(event: AnswerEvent): void;
	/** Something changed. */
	moved(): void;
	failed(error: unknown): void;
}

/** The choice of a number. */
export function createGuardedChoice(choice: number, guard: SurfaceGuard, calls: ChoiceCalls): GuardedChoice {
	return new ChoiceRun(choice, guard, calls);
}

class ChoiceRun implements GuardedChoice {
	readonly #choice: number;
	readonly #guard: SurfaceGuard;
	readonly #calls: ChoiceCalls;
	readonly #texts = new Map<SurfaceName, OpenText>();
	readonly #risks = new Map<SurfaceName, Readonly<Record<string, number>>>();
	/** Texts whose guards are at work. */
	#open = 0;
	#reason: string | undefined;
	#isEnded = false;
	#isOver = false;
	#isStopped = false;
	#blocked: GuardReport["blocked"] | undefined;
	#failure: JudgeFailure | undefined;

	constructor(choice: number, guard: SurfaceGuard, calls: ChoiceCalls) {
		this.#choice = choice;
		this.#guard = guard;
		this.#calls = calls;
	}

	get isOver(): boolean {
		return this.#isOver;
	}

	get isTaken(): boolean {
		return this.#isOver || [...this.#texts.values()].every(({ feed }) => feed.isEmpty);
	}

	get isStopped(): boolean {
		return this.#isStopped;
	}

	get isEnded(): boolean {
		return this.#isEnded || this.#isOver;
	}

	push(surface: SurfaceName, text: string): void {
		if (this.isEnded || text === "") return;
		(this.#texts.get(surface) ?? this.#openText(surface)).feed.push(text);
	}

	end(reason?: string): void {
		if (this.#isEnded) return;
		this.#isEnded = true;
		this.#reason = reason;
		for (const { feed } of this.#texts.values()) feed.end();
		this.#settle();
	}

	leave(): void {
		this.#isOver = true;
		for (const { events } of this.#texts.values()) void events.return?.();
	}

	async settled(): Promise<void> {
		await Promise.all([...this.#texts.values()].map(({ done }) => done));
	}

	judgement(): ChoiceJudgement {
		const risks: Record<string, number> = {};
		const add = (policy: string, risk: number): void => {
			risks[policy] = Math.max(risks[policy] ?? 0, risk);
		};
		for (const found of this.#risks.values()) for (const [policy, risk] of Object.entries(found)) add(policy, risk);
		if (this.#blocked) add(this.#blocked.policy, this.#blocked.risk);
		return { choice: this.#choice, risks, isBlocked: this.#isStopped, failure: this.#failure };
	}

	#openText(surface: SurfaceName): OpenText {
		const feed = createFeed(this.#calls.moved);
		const events = guardStream(
			feed,
			this.#guard((found) => this.#risks.set(surface, found)),
		);
		this.#open++;
		const over = (): void => {
			this.#open--;
			this.#settle();
		};
		const text = { feed, events, done: this.#follow(events, surface).catch(this.#calls.failed).then(over) };
		this.#texts.set(surface, text);
		return text;
	}

	async #follow(events: ReturnType<typeof guardStream>, surface: SurfaceName): Promise<void> {
		for await (const event of events) {
			if (this.#isOver) return;
			if (event.type === "text") {
				this.#calls.show({ type: "text", choice: this.#choice, surface, text: event.text });
				this.#calls.moved();
			} else if (event.type === "end") this.#take(event.report);
		}
	}

	#take({ action, blocked, failure }: GuardReport): void {
		this.#failure ??= failure ?? undefined;
		this.#blocked ??= blocked ?? undefined;
		if (action !== "block") return;
		this.#isStopped = true;
		this.#finish(STOPPED);
	}

	#finish(reason: string): void {
		if (this.#isOver) return;
		this.#calls.show({ type: "finish", choice: this.#choice, reason });
		this.leave();
	}

	#settle(): void {
		if (this.#isEnded && this.#open === 0) {
			if (this.#reason === undefined) this.#isOver = true;
			else this.#finish(this.#reason);
		}
		this.#calls.moved();
	}
}
