/**
 * zod on values from outside. zod compares the `length` of whatever has one, wrong types too, and objects that stand for numbers
 * badly make that throw: here that is a problem of the value like any other.
 */
import { z } from "zod";

/** `schema.safeParse(value)` that never throws for a value that JSON or YAML can make. */
export function safeParse<T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> {
	try {
		return schema.safeParse(value);
	} catch (error) {
		if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
		const message = "has a value of a type that its field does not take";
		return {
			success: false,
			error: new z.ZodError([{ code: "custom", path: [], message, input: undefined }]),
		} as never;
	}
}
