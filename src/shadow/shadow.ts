/**
 * A second moderator beside the live one: it judges texts after their live verdicts have been given, when the live one has
 * nothing to do, and its verdicts go to the audit log alone. What does not fit its queue is dropped and counted.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { DecisionTrail } from "../audit/index.ts";
import { isSluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";
import { type Content, contentLength, judgedText, type Verdict } from "../types.ts";
import { nameSet, type ShadowMissedRecord, type ShadowRecord, toOpinions, toSide } from "./shadow-record.ts";

/** Below bulk work, which is below every interactive call. */
const PRIORITY = -20;
/** Texts in one call. */
const TEXTS_AT_ONCE = 8;
/** How long the shadow waits before it looks again whether the live moderator has work, ms. */
const LOOK_MS = 25;

/** What a shadow needs. */
export interface ShadowParts {
	/** The second moderator; it may still be loading. */
	readonly moderator: Moderator;
	readonly trail: Pick<DecisionTrail, "note" | "describe">;
	readonly log: Log;
	/** Share of the texts that it judges, 0..1. */
	readonly fraction: number;
	/** Texts that wait for it at most. */
	readonly maxTexts: number;
	/** Characters that wait for it at most; default 8 million. */
	readonly maxCharacters?: number | undefined;
	/** In [0, 1). */
	readonly random?: (() => number) | undefined;
}

/** See the header. */
export interface Shadow {
	/** The same moderator; what it judges is judged by the shadow afterwards. */
	beside(live: Moderator): Moderator;
	readonly counts: {
		readonly judged: number;
		readonly dropped: number;
		readonly failed: number;
		readonly waiting: number;
	};
	/** Resolves when nothing waits. */
	settled(): Promise<void>;
	/** Drops what waits; does not close the moderator. */
	close(): Promise<void>;
}

interface Waiting {
	readonly content: Content;
	readonly verdict: Verdict;
	readonly live: Moderator;
}

/** See the header. */
export function createShadow(parts: ShadowParts): Shadow {
	return new Runner(parts);
}

class Runner implements Shadow {
	readonly #parts: ShadowParts;
	readonly #random: () => number;
	readonly #maxCharacters: number;
	readonly #stop = new AbortController();
	readonly #sets = new WeakMap<Moderator, string>();
	#waiting: Waiting[] = [];
	#characters = 0;
	#running: Promise<void> | undefined;
	#unsaid = { dropped: 0, failed: 0 };
	#judged = 0;
	#dropped = 0;
	#failed = 0;

	constructor(parts: ShadowParts) {
		this.#parts = parts;
		this.#random = parts.random ?? Math.random;
		this.#maxCharacters = parts.maxCharacters ?? 8_000_000;
	}

	get counts(): Shadow["counts"] {
		return { judged: this.#judged, dropped: this.#dropped, failed: this.#failed, waiting: this.#waiting.length };
	}

	beside(live: Moderator): Moderator {
		const moderate: Moderator["moderate"] = async (contents, options) => {
			const verdicts = await live.moderate(contents, options);
			if (options?.grant !== undefined) return verdicts; // by policies or thresholds of a key, which the shadow lacks
			for (const [index, verdict] of verdicts.entries()) this.#offer({ content: contents[index]!, verdict, live });
			return verdicts;
		};
		return Object.create(live, { moderate: { value: moderate } }) as Moderator;
	}

	async settled(): Promise<void> {
		await this.#running;
	}

	async close(): Promise<void> {
		this.#stop.abort();
		await this.#running;
		this.#miss("dropped", this.#waiting.length);
		this.#waiting = [];
		this.#sayMissed();
	}

	/** Never throws and never waits: the live answer is on its way. */
	#offer(text: Waiting): void {
		if (this.#stop.signal.aborted || this.#random() >= this.#parts.fraction) return;
		const length = contentLength(text.content);
		if (this.#waiting.length >= this.#parts.maxTexts || this.#characters + length > this.#maxCharacters) {
			if (this.#unsaid.dropped === 0) this.#parts.log.warn({ waiting: this.#waiting.length }, "the shadow drops texts");
			this.#miss("dropped", 1);
			return;
		}
		this.#waiting.push(text);
		this.#characters += length;
		this.#running ??= this.#run();
	}

	async #run(): Promise<void> {
		const { signal } = this.#stop;
		try {
			await new Promise(setImmediate); // the live answer goes first
			while (this.#waiting.length > 0 && !signal.aborted) {
				if (!this.#isLiveIdle() || !this.#parts.moderator.isReady()) {
					await sleep(LOOK_MS, undefined, { signal, ref: false });
					continue;
				}
				const group = this.#waiting.splice(0, TEXTS_AT_ONCE);
				for (const { content } of group) this.#characters -= contentLength(content);
				await this.#judge(group);
			}
		} catch {
			// ended while it waited
		} finally {
			this.#running = undefined;
		}
	}

	#isLiveIdle(): boolean {
		const { queued, running } = this.#waiting[0]!.live.load();
		return queued === 0 && running === 0;
	}

	async #judge(group: readonly Waiting[]): Promise<void> {
		const { moderator, log } = this.#parts;
		const contents = group.map(({ content }) => content);
		const before = moderator.policies;
		try {
			const verdicts = await moderator.moderate(contents, { priority: PRIORITY, signal: this.#stop.signal });
			for (const [index, verdict] of verdicts.entries()) this.#note(group[index]!, verdict, nameSet(before));
			this.#judged += verdicts.length;
		} catch (error) {
			const code = isSluiceError(error) ? error.code : "internal";
			if (!this.#stop.signal.aborted) log.warn({ error: code, texts: group.length }, "the shadow could not judge");
			this.#miss("failed", group.length);
		}
		this.#sayMissed();
	}

	#note({ content, verdict: live, live: moderator }: Waiting, shadow: Verdict, set: string): void {
		const { trail } = this.#parts;
		trail.note<ShadowRecord>({
			kind: "shadow",
			text: trail.describe(judgedText(content)),
			live: { ...toSide(live.model, this.#nameOf(moderator)), action: live.action },
			shadow: { ...toSide(shadow.model, set), action: shadow.action },
			policies: toOpinions(live, shadow),
		});
	}

	#nameOf(moderator: Moderator): string {
		const known = this.#sets.get(moderator);
		if (known !== undefined) return known;
		const name = nameSet(moderator.policies);
		this.#sets.set(moderator, name);
		return name;
	}

	#miss(why: "dropped" | "failed", texts: number): void {
		this.#unsaid[why] += texts;
		if (why === "dropped") this.#dropped += texts;
		else this.#failed += texts;
	}

	#sayMissed(): void {
		const { dropped, failed } = this.#unsaid;
		if (dropped === 0 && failed === 0) return;
		if (this.#parts.trail.note<ShadowMissedRecord>({ kind: "shadow_missed", dropped, failed }))
			this.#unsaid = { dropped: 0, failed: 0 };
	}
}
