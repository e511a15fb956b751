/**
 * Reads JSON the way Google's services do: names in camelCase or as in the .proto file, null for "not set", enum values by
 * name or by number. https://protobuf.dev/programming-guides/json/
 */
import { z } from "@hono/zod-openapi";

/** Deeper than any request here; what lies below is left as it is. */
const MAX_DEPTH = 6;

/** The value with camelCase names and without nulls in objects. */
export function fromProtoJson(value: unknown, depth: number = MAX_DEPTH): unknown {
	if (depth === 0 || typeof value !== "object" || value === null) return value;
	if (Array.isArray(value)) return value.map((item) => fromProtoJson(item, depth - 1));
	return Object.fromEntries(
		Object.entries(value)
			.filter(([, field]) => field !== null)
			.map(([name, field]) => [toCamelCase(name), fromProtoJson(field, depth - 1)]),
	);
}

function toCamelCase(name: string): string {
	if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) return name;
	return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Parses one of `names`, or its number: its place in the list. */
export function protoEnum<Name extends string>(names: readonly [Name, ...Name[]]): z.ZodType<Name | number> {
	const expected = `must be one of ${names.join(", ")}`;
	return z.union([z.enum(names), z.int().refine((n) => n >= 0 && n < names.length, { error: expected })], {
		error: expected,
	}) as z.ZodType<Name | number>;
}

/** The name of an enum's value; the first, which is proto3's default, where there is none. */
export function enumName<Name extends string>(
	names: readonly [Name, ...Name[]],
	value: Name | number | undefined = 0,
): Name {
	return typeof value === "number" ? names[value]! : value;
}
