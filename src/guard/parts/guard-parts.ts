/**
 * A guard over streams whose text comes in parts: events, chunks, messages. Each surface of the answer is a text of its own
 * with its own guard; a part leaves, unchanged, once all text in it may leave. Parts keep their order within a surface, and
 * parts that are more than text keep it towards all others. The first stop ends the answer. Knows no format.
 */
import { isSluiceError, SluiceError } from "../../errors.ts";
import type { GuardReport } from "../events.ts";
import { createWake } from "../wake.ts";
import type { AdapterOptions } from "./adapter-options.ts";
import { openSurface, type Surface } from "./surface.ts";

/** Text in a part. */
export interface PartText {
	readonly surface: string;
	readonly text: string;
	/** Whether it would break with words left out, as JSON does. */
	readonly isExact?: boolean | undefined;
}

/** What a part says. */
export interface PartReading {
	readonly texts: readonly PartText[];
	/** Which surfaces are complete with it. */
	readonly ends?: ((surface: string) => boolean) | undefined;
	/** Whether other surfaces' parts may overtake it: it has nothing but text, or nothing that has a place. */
	readonly isLoose: boolean;
}

/** How parts carry text. */
export interface PartFormat<P> {
	read(part: P): PartReading;
	/** The part with other texts, in the order of `read`. */
	withTexts(part: P, texts: readonly string[]): P;
	/** What is said in place of the rest; `left` are parts that did not leave, or not whole. */
	close(report: GuardReport, surface: string, left: readonly P[]): readonly P[];
}

interface Waiting<P> {
	readonly part: P;
	readonly reading: PartReading;
	readonly spans: readonly { readonly surface: Surface; readonly start: number; readonly end: number }[];
}

/** Guards a stream of parts. Errors as in guardStream; leaving the iteration ends the source. */
export function guardParts<P>(
	source: AsyncIterable<P>,
	format: PartFormat<P>,
	options: AdapterOptions,
): AsyncIterableIterator<P> {
	const run = new PartsRun(source, format, options);
	const parts = run.parts();
	return {
		next: () => parts.next(),
		return() {
			run.leave();
			return parts.return();
		},
		[Symbol.asyncIterator]() {
			return this;
		},
	};
}

class PartsRun<P> {
	readonly #format: PartFormat<P>;
	readonly #options: AdapterOptions;
	readonly #source: AsyncIterator<P>;
	readonly #wake = createWake();
	readonly #surfaces = new Map<string, Surface>();
	/** Those that have ended too, while their guards are at work. */
	readonly #open = new Set<Surface>();
	readonly #queue: Waiting<P>[] = [];
	#isPulling = false;
	#isDone = false;
	#hasLeft = false;
	#error: { readonly cause: unknown } | undefined;
	#stopped: { readonly report: GuardReport; readonly surface: string } | undefined;

	constructor(source: AsyncIterable<P>, format: PartFormat<P>, options: AdapterOptions) {
		this.#format = format;
		this.#options = options;
		this.#source = source[Symbol.asyncIterator]();
	}

	leave(): void {
		this.#hasLeft = true;
		this.#stopSource();
		this.#wake.wake();
	}

	async *parts(): AsyncGenerator<P, void, void> {
		const { signal } = this.#options;
		const abort = (): void => this.leave();
		signal?.addEventListener("abort", abort, { once: true });
		try {
			while (!this.#hasLeft && signal?.aborted !== true && this.#stopped === undefined) {
				yield* this.#ready();
				if (this.#isDone && this.#open.size === 0) break;
				this.#pull();
				await this.#wake.next();
			}
			if (signal?.aborted) throw new SluiceError("aborted", { detail: "the caller ended the guarded stream" });
			if (this.#hasLeft) return;
			yield* this.#ready();
			if (this.#stopped !== undefined) {
				this.#stopSource();
				yield* this.#cut();
				const { report, surface } = this.#stopped;
				const left = this.#queue.map(({ part }) => part);
				yield* this.#format.close(report, surface, left);
			} else if (this.#error !== undefined) throw toSourceError(this.#error.cause);
		} finally {
			signal?.removeEventListener("abort", abort);
			this.#stopSource();
			for (const surface of this.#open) surface.leave();
			await Promise.all([...this.#open].map(({ done }) => done));
		}
	}

	/** Asks for the next part, once the guards have taken all text so far. */
	#pull(): void {
		if (this.#isPulling || this.#isDone || [...this.#open].some(({ feed }) => !feed.isEmpty)) return;
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
			if (!this.#isDone) this.#fail(cause);
		};
		void read().catch(fail).then(this.#wake.wake);
	}

	#take(part: P): void {
		const reading = this.#format.read(part);
		const spans = reading.texts.map(({ surface: name, text, isExact = false }) => {
			const surface = this.#surfaces.get(name) ?? this.#openSurface(name, isExact);
			const start = surface.received;
			surface.received += text.length;
			if (text !== "") surface.feed.push(text);
			return { surface, start, end: surface.received };
		});
		this.#queue.push({ part, reading, spans });
		if (reading.ends === undefined) return;
		for (const name of [...this.#surfaces.keys()]) if (reading.ends(name)) this.#endSurface(name);
	}

	#openSurface(name: string, isExact: boolean): Surface {
		const surface = openSurface(name, isExact, this.#options, {
			moved: this.#wake.wake,
			stopped: (report) => {
				this.#stopped ??= { report, surface: name };
			},
			failed: (cause) => this.#fail(cause),
		});
		this.#surfaces.set(name, surface);
		this.#open.add(surface);
		void surface.done.then(() => this.#open.delete(surface)).then(this.#wake.wake);
		return surface;
	}

	#endSurface(name: string): void {
		this.#surfaces.get(name)!.feed.end();
		this.#surfaces.delete(name);
	}

	#end(): void {
		this.#isDone = true;
		for (const name of [...this.#surfaces.keys()]) this.#endSurface(name);
	}

	#fail(cause: unknown): void {
		this.#error ??= { cause };
		this.#stopSource();
		this.#end();
	}

	#stopSource(): void {
		if (this.#isDone) return;
		this.#isDone = true;
		this.#source.return?.().then(undefined, () => {}); // nobody is left who would want to know
	}

	/** Parts that may leave. */
	*#ready(): Generator<P, void, void> {
		const late = new Set<Surface>();
		for (let at = 0; at < this.#queue.length; ) {
			const { part, reading, spans } = this.#queue[at]!;
			const behind = spans.filter(({ surface, end }) => surface.released < end);
			for (const { surface } of behind) late.add(surface);
			if (behind.length > 0 || (at > 0 && !reading.isLoose)) {
				if (!reading.isLoose || late.size === this.#open.size) return;
				at++;
				continue;
			}
			this.#queue.splice(at, 1);
			const texts = spans.map(({ surface, end }) => surface.take(end));
			const isSame = texts.every((text, i) => text === reading.texts[i]!.text);
			if (isSame) yield part;
			else if (!reading.isLoose || texts.some((text) => text !== "")) yield this.#format.withTexts(part, texts);
		}
	}

	/** What may leave of the parts that were stopped. */
	*#cut(): Generator<P, void, void> {
		for (const { part, reading, spans } of this.#queue) {
			if (!reading.isLoose) return;
			const texts = spans.map(({ surface, end }) => surface.take(Math.min(end, surface.released)));
			if (texts.some((text) => text !== "")) yield this.#format.withTexts(part, texts);
		}
	}
}

/** What a reader is told of a source that broke off. */
export function toSourceError(cause: unknown): SluiceError {
	if (isSluiceError(cause)) return cause;
	return new SluiceError("source_failed", { detail: "the source of the guarded stream broke off", cause });
}
