/** Progress of long work on stderr: a line redrawn in place on a terminal, else a line now and then. */
import type { CliStreams } from "./context.ts";

/** How often a line is redrawn, or written where it cannot be redrawn. */
const REDRAW_MS = 200;
const REWRITE_MS = 10_000;

/** Shows how far the work is. */
export interface Progress {
	show(text: string): void;
	/** Ends the line. */
	end(): void;
}

/** A progress display on the context's stderr. */
export function createProgress(
	{ stderr, interactive }: CliStreams,
	now: () => number = () => performance.now(),
): Progress {
	const pauseMs = interactive ? REDRAW_MS : REWRITE_MS;
	let last = now();
	let open = false;
	return {
		show(text) {
			if (now() - last < pauseMs) return;
			last = now();
			stderr(interactive ? `\r\u001b[K${text}` : `${text}\n`);
			open = interactive;
		},
		end() {
			if (open) stderr("\r\u001b[K");
			open = false;
		},
	};
}
