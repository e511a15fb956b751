/**
 * A score call's end: by its deadline, by its caller leaving, by the scorer closing or by a failure that ends it, whichever
 * comes first; all that is under way for the call learns it from one signal, whose reason is the error to throw.
 */
import { SluiceError } from "../../errors.ts";
import type { CallOptions } from "../../types.ts";

/** What a timer can wait; a deadline beyond it is none. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A running call. */
export interface CallEnd {
	readonly signal: AbortSignal;
	/** Ends what is still under way; the first reason stays. */
	end(reason: unknown): void;
	/** Stops watching clock and caller. */
	release(): void;
}

/**
 * Watches a call until it is released.
 * @param leftMs time until the deadline, Infinity where there is none.
 */
export function watchCall({ signal: outer }: Pick<CallOptions, "signal">, leftMs: number): CallEnd {
	const controller = new AbortController();
	const leave = (): void => controller.abort(new SluiceError("aborted", { detail: "the caller went away" }));
	const late = (): void =>
		controller.abort(
			new SluiceError("deadline_exceeded", { detail: "the remote service did not answer before the deadline" }),
		);
	const timer = leftMs <= LONGEST_TIMER_MS ? setTimeout(late, leftMs) : undefined;
	if (outer?.aborted) leave();
	outer?.addEventListener("abort", leave, { once: true });
	return {
		signal: controller.signal,
		end: (reason) => controller.abort(reason),
		release() {
			clearTimeout(timer);
			outer?.removeEventListener("abort", leave);
		},
	};
}
