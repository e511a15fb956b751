/**
 * Looks for stop strings in text that comes in pieces of any size, and holds back only what may still become one.
 * The result does not depend on where the pieces are cut: the first stop string to be complete ends the text, the longest of
 * those complete at the same place. Aho and Corasick: Efficient string matching (CACM 1975), on UTF-16 code units.
 */
import { SluiceError } from "../errors.ts";

const MOST_STRINGS = 16;
const LONGEST_STRING = 1000;

/** What a piece of text sets free. */
export interface Released {
	/** Text that belongs to no stop string. */
	readonly text: string;
	/** The stop string that was found; nothing after its start is released. */
	readonly stop?: string | undefined;
}

/** Matches one text. */
export interface StopMatcher {
	push(piece: string): Released;
	/** The text is over: what was held back. */
	end(): string;
}

/** A state: the longest end of the text that begins a stop string. */
interface State {
	/** Length of that end. */
	readonly depth: number;
	readonly next: Map<number, State>;
	/** The state of the longest shorter end. */
	shorter: State | undefined;
	/** The longest stop string that the text ends with. */
	found: string | undefined;
}

/** Checks a caller's stop strings. Throws `invalid_request`. */
export function parseStopStrings(stop: string | readonly string[] | undefined): readonly string[] {
	const list: readonly unknown[] = stop === undefined ? [] : Array.isArray(stop) ? stop : [stop];
	const fits = (value: unknown): boolean =>
		typeof value === "string" && value !== "" && value.length <= LONGEST_STRING && value.isWellFormed();
	if (list.length <= MOST_STRINGS && list.every(fits)) return list as readonly string[];
	const detail = `stop must be at most ${MOST_STRINGS} non-empty strings of well-formed Unicode, each of at most ${LONGEST_STRING} characters`;
	throw new SluiceError("invalid_request", { detail, pointer: "/stop" });
}

/** A matcher at the start of a text, for strings that {@link parseStopStrings} let pass. */
export function createStopMatcher(strings: readonly string[]): StopMatcher {
	const root = buildStates(strings);
	let state = root;
	let held = "";
	return {
		push(piece) {
			const text = held + piece;
			for (let at = held.length; at < text.length; at++) {
				state = follow(root, state, text.charCodeAt(at));
				if (state.found === undefined) continue;
				held = "";
				return { text: text.slice(0, at + 1 - state.found.length), stop: state.found };
			}
			held = text.slice(text.length - state.depth);
			return { text: text.slice(0, text.length - state.depth) };
		},
		end() {
			const rest = held;
			held = "";
			return rest;
		},
	};
}

function follow(root: State, from: State, unit: number): State {
	for (let state: State | undefined = from; state !== undefined; state = state.shorter) {
		const next = state.next.get(unit);
		if (next !== undefined) return next;
	}
	return root;
}

function buildStates(strings: readonly string[]): State {
	const root: State = { depth: 0, next: new Map(), shorter: undefined, found: undefined };
	for (const string of strings) {
		let state = root;
		for (let at = 0; at < string.length; at++) {
			const unit = string.charCodeAt(at);
			const next = state.next.get(unit) ?? { depth: at + 1, next: new Map(), shorter: undefined, found: undefined };
			state.next.set(unit, next);
			state = next;
		}
		state.found = string;
	}
	// by depth, so that shorter states are complete; the list grows while it is walked
	const states = [root];
	for (const state of states) {
		for (const [unit, next] of state.next) {
			next.shorter = state.shorter === undefined ? root : follow(root, state.shorter, unit);
			next.found ??= next.shorter.found;
			states.push(next);
		}
	}
	return root;
}
