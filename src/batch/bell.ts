/** Wakes those who wait for something to change. A ring that nobody waits for is remembered for the next one who does. */

/** One bell. */
export interface Bell {
	ring(): void;
	/** Resolves at the next ring, or at once if it rang since the last wait; rejects with the signal's reason. */
	wait(signal: AbortSignal): Promise<void>;
}

/** A bell for one waiter at a time. */
export function createBell(): Bell {
	let rang = false;
	let wake: (() => void) | undefined;
	return {
		ring() {
			rang = true;
			wake?.();
		},
		wait: (signal) =>
			new Promise((resolve, reject) => {
				const leave = (): void => {
					wake = undefined;
					reject(signal.reason);
				};
				if (signal.aborted) {
					leave();
					return;
				}
				wake = () => {
					wake = undefined;
					rang = false;
					signal.removeEventListener("abort", leave);
					resolve();
				};
				signal.addEventListener("abort", leave, { once: true });
				if (rang) wake();
			}),
	};
}
