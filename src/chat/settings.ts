/** How a service guards its chats, and what a request may ask of that. */
import type { GuardMode, GuardReport } from "../guard/index.ts";
import type { Action } from "../types.ts";
import type { RewindSettings } from "./guard-drafts.ts";
import type { ModerationMode } from "./open-answer.ts";
import type { ChatSource, InputRole } from "./source.ts";

/** See the header. */
export interface ChatSettings {
	readonly mode: GuardMode;
	/** What happens to a text that cannot be judged. */
	readonly onFailure: Action;
	/**
	 * `block`: always, whatever a request asks. `request`: as it asks, block where it does not. `score`: as it asks, scored only
	 * where it does not.
	 */
	readonly moderation: "block" | "request" | "score";
	/** Whose texts in a request are judged. */
	readonly inputRoles: readonly InputRole[];
	/** How blocked text of a source that drafts is drawn again, in `hold`; absent: it is not. */
	readonly rewind?: RewindSettings | undefined;
	/** Silence in a stream after which a comment is sent. */
	readonly heartbeatMs: number;
	/** Hears how every guarded text ended. */
	readonly onReport?: ((report: GuardReport) => void) | undefined;
}

/** The part of a service that answers chats. */
export interface ChatService {
	/** The first that serves a model is asked; at least one. */
	readonly sources: readonly ChatSource[];
	readonly settings: ChatSettings;
}

/** What a request asked for, side by side. */
export interface AskedModes {
	readonly input: ModerationMode | undefined;
	readonly output: ModerationMode | undefined;
}

/** What a request gets. */
export function toModes(
	{ moderation }: Pick<ChatSettings, "moderation">,
	{ input, output }: AskedModes,
): { readonly input: ModerationMode; readonly output: ModerationMode } {
	if (moderation === "block") return { input: "block", output: "block" };
	const otherwise = moderation === "score" ? "score" : "block";
	return { input: input ?? otherwise, output: output ?? otherwise };
}
