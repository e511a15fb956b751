/** Whether texts can be judged now, and if not, why. */
import { SluiceError } from "../errors.ts";
import type { Moderator } from "../moderator.ts";

/** Throws `not_ready` with what the moderator says of it. */
export function checkReady(moderator: Moderator): void {
	if (moderator.isReady()) return;
	const detail = moderator.hindrance?.() ?? "the model is still loading; try again in a moment";
	throw new SluiceError("not_ready", { detail });
}
