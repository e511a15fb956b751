/**
 * From checked texts to verdicts under the request's deadline: the step every moderating route shares.
 */
import type { Context } from "hono";
import { isSluiceError, SluiceError } from "../errors.ts";
import { type Budget, contentLength, type Verdict } from "../types.ts";
import { countCharacters } from "./admit.ts";
import { parseDeadline, withDeadline } from "./deadline.ts";
import { toOrigin } from "./origin.ts";
import { checkReady } from "./ready.ts";
import type { HttpEnv, HttpParts } from "./route.ts";
import { checkLengths, type TextInputs } from "./text-inputs.ts";

/** Checked contents, and what the request allows for expensive scorers. */
export interface JudgeInputs extends TextInputs {
	readonly budget?: Budget | undefined;
	/** The door the texts came by, where that is not the route. */
	readonly surface?: string | undefined;
}

/** One verdict per content. Throws `text_too_long`, `not_ready`, `overloaded`, `deadline_exceeded` or `aborted`, pointing into the body. */
export async function judge(c: Context<HttpEnv>, parts: HttpParts, inputs: JudgeInputs): Promise<Verdict[]> {
	const { moderator, limits } = parts;
	const { contents, budget, surface } = inputs;
	const characters = contents.reduce((sum, content) => sum + contentLength(content), 0);
	c.set("inputs", contents.length);
	c.set("characters", characters);
	checkLengths(inputs, moderator.maxCharacters);
	const waiting = countCharacters(c, parts, characters);
	if (waiting !== undefined) await waiting;
	const timeoutMs = parseDeadline(c.req.header("x-sluice-deadline-ms"), limits.deadlineMs);
	checkReady(moderator);
	try {
		return await withDeadline({ timeoutMs, signal: c.req.raw.signal }, (options) =>
			moderator.moderate(contents, {
				...options,
				budget,
				origin: toOrigin(c, surface === undefined ? {} : { surface }),
			}),
		);
	} catch (error) {
		throw repoint(error, inputs);
	}
}

/** The moderator points at `/<index of the text>`; the client needs the place in its own body. */
export function repoint(error: unknown, { pointers }: TextInputs): unknown {
	if (!isSluiceError(error) || error.pointer === undefined) return error;
	const index = /^\/(\d+)$/.exec(error.pointer)?.[1];
	const pointer = index === undefined ? undefined : pointers[Number(index)];
	return pointer === undefined ? error : new SluiceError(error.code, { detail: error.detail, pointer, cause: error });
}
