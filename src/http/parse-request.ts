/**
 * A body against its zod schema: the first problem as a SluiceError with a JSON pointer. Messages name fields and types, never values.
 */
import type { z } from "@hono/zod-openapi";
import { SluiceError } from "../errors.ts";
import { safeParse } from "../policies/index.ts";

type Issue = z.core.$ZodIssue;

/** The parsed body, or `invalid_request` pointing at the field. */
export function parseRequest<T>(schema: z.ZodType<T>, body: unknown): T {
	const parsed = safeParse(schema, body);
	if (parsed.success) return parsed.data;
	const { path, message } = firstProblem(parsed.error.issues[0]!);
	const pointer = path.map((key) => `/${String(key)}`).join("");
	throw new SluiceError("invalid_request", {
		detail: `${pointer === "" ? "the body" : pointer}: ${message}`,
		...(pointer === "" ? {} : { pointer }),
	});
}

/** Refuses a longer array before each of its items is looked at. `field` is a known field of the body. */
export function checkArrayLength(body: unknown, field: string, most: number): void {
	const value = (body as Record<string, unknown> | null | undefined)?.[field];
	if (!Array.isArray(value) || value.length <= most) return;
	throw new SluiceError("invalid_request", {
		detail: `/${field}: has ${value.length} items; the limit is ${most} per request. Send several requests.`,
		pointer: `/${field}`,
	});
}

/** For a union: the branch that got furthest into the value, else the branch with the fewest complaints. */
function firstProblem(issue: Issue): { path: readonly PropertyKey[]; message: string } {
	// zod's own message repeats the field's name, which the client chose
	if (issue.code === "unrecognized_keys") return { path: issue.path, message: "has a field that is not part of it" };
	if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue;
	const depth = (issues: readonly Issue[]): number => Math.max(...issues.map((i) => i.path.length));
	const branches = issue.errors.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length);
	const inner = branches[0]?.[0];
	if (inner === undefined || depth(branches[0]!) === 0) return issue;
	const found = firstProblem(inner);
	return { path: [...issue.path, ...found.path], message: found.message };
}
