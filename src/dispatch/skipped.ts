/**
 * Pieces that gateways took back: those being judged are told so, those that come later are known. Remembers a bounded
 * number; a forgotten one is judged for nobody.
 */

/** Taken back before their jobs came, of all gateways together. */
const MOST_REMEMBERED = 10_000;

/** Pieces by gateway and id. */
export interface Skipped {
	/** A gateway takes pieces back. */
	add(gateway: string, ids: readonly number[]): void;
	/** A piece is taken up; its signal is aborted when it is, or was, taken back. */
	begin(gateway: string, id: number): AbortSignal;
	end(gateway: string, id: number): void;
	/** Ends everything that is being judged. */
	abortAll(): void;
}

/** Nothing is taken back yet. */
export function createSkipped(): Skipped {
	const remembered = new Set<string>();
	const running = new Map<string, AbortController>();
	return {
		add(gateway, ids) {
			for (const id of ids) {
				const key = `${gateway} ${id}`;
				const controller = running.get(key);
				if (controller !== undefined) controller.abort();
				else remembered.add(key);
			}
			for (const oldest of remembered) {
				if (remembered.size <= MOST_REMEMBERED) break;
				remembered.delete(oldest);
			}
		},
		begin(gateway, id) {
			const key = `${gateway} ${id}`;
			const controller = new AbortController();
			if (remembered.delete(key)) controller.abort();
			running.set(key, controller);
			return controller.signal;
		},
		abortAll() {
			for (const controller of running.values()) controller.abort();
		},
		end: (gateway, id) => void running.delete(`${gateway} ${id}`),
	};
}
