/**
 * BullMQ's states as conditions over stored jobs. Each names its state as a literal, because the partial indexes serve no
 * other form.
 */

const CONDITIONS: Readonly<Record<string, { readonly where: string; readonly order: string }>> = {
	wait: { where: "state = 'waiting' and priority = 0", order: "priority, seq" },
	waiting: { where: "state = 'waiting' and priority = 0", order: "priority, seq" },
	prioritized: { where: "state = 'waiting' and priority > 0", order: "priority, seq" },
	delayed: { where: "state = 'delayed'", order: "process_at, seq" },
	active: { where: "state = 'active'", order: "processed_on, rid" },
	completed: { where: "state = 'completed'", order: "finished_on, rid" },
	failed: { where: "state = 'failed'", order: "finished_on, rid" },
};

/** The condition of a BullMQ state; undefined for states that no job here has (`paused`, `waiting-children`, `repeat`). */
export function toCondition(state: string): string | undefined {
	return CONDITIONS[state]?.where;
}

/** The order of a BullMQ state's jobs, first to be served or finished first. */
export function toOrder(state: string, ascending: boolean): string {
	const order = CONDITIONS[state]?.order ?? "rid";
	return ascending
		? order
		: order
				.split(", ")
				.map((column) => `${column} desc`)
				.join(", ");
}
