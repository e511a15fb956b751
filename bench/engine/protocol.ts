/**
 * What the bench and its sides say to each other: JSON messages over Node's IPC channel, one request at a time, each
 * answered under its id. A side is one engine with one model in a process of its own.
 */

/** Requests, by command. */
export interface Requests {
	/** Opens the model with `threads` threads for up to `context` tokens. */
	load: {
		readonly path: string;
		readonly threads: number;
		readonly context: number;
		readonly options: Readonly<Record<string, string | boolean>>;
	};
	/** Reads `ids` from an empty context, down to the logits of the last one. */
	prefill: { readonly ids: readonly number[] };
	/** Reads `ids` unless they are read already, then generates `steps` tokens one after another, greedily. */
	decode: { readonly ids: readonly number[]; readonly steps: number };
	stats: Record<never, never>;
}

/** Answers, by command. Times in milliseconds. */
export interface Answers {
	load: { readonly ms: number; readonly detail: string };
	/** `ms` is the evaluation, `pickMs` the choice of the token after it where the engine tells them apart; else 0. */
	prefill: { readonly ms: number; readonly pickMs: number; readonly token: number };
	/** One entry per step. */
	decode: { readonly ms: readonly number[]; readonly pickMs: readonly number[]; readonly tokens: readonly number[] };
	stats: ProcessStats;
}

/** Of a side's process, in bytes; `file` is what it maps of files and has in memory, shared with others. */
export interface ProcessStats {
	readonly resident: number;
	readonly anonymous: number;
	readonly file: number;
	readonly peak: number;
}

export type Command = keyof Requests;

/** From the bench to a side. */
export type Request = { [C in Command]: { readonly id: number; readonly command: C } & Requests[C] }[Command];

/** From a side to the bench. */
export type Reply =
	| { readonly id: number; readonly answer: Answers[Command] }
	| { readonly id: number; readonly error: string };

/** What a side's process implements; `stats` is the same for all. */
export type Engine = {
	readonly [C in Exclude<Command, "stats">]: (request: Requests[C]) => Promise<Answers[C]>;
};
