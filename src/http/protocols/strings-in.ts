/** Strings wherever they stand in a JSON value, and how deep one may be nested: whoever walks it may call itself. */
import { SluiceError } from "../../errors.ts";

/** Arrays and objects in each other at most; JSON schemas of tools take some 20. */
const MOST_DEPTH = 100;

/** Throws `invalid_request` for a body that is nested deeper than anybody needs. */
export function checkDepth(body: object): void {
	let level: readonly object[] = [body];
	for (let depth = 1; level.length > 0; depth++) {
		if (depth > MOST_DEPTH)
			throw new SluiceError("invalid_request", {
				detail: `the body: is nested more than ${MOST_DEPTH} levels deep`,
				pointer: "",
			});
		level = level.flatMap((value) => Object.values(value).filter(isContainer));
	}
}

/**
 * In order, empty ones left out; the name of a field counts where it has a space in it. Fields for which `isPlain` says so are
 * left out with all that is in them.
 */
export function stringsIn(
	value: unknown,
	isPlain: (name: string, value: unknown) => boolean = () => false,
): readonly string[] {
	if (typeof value === "string") return value === "" ? [] : [value];
	if (!isContainer(value)) return [];
	if (Array.isArray(value)) return value.flatMap((item) => stringsIn(item, isPlain));
	return Object.entries(value).flatMap(([name, field]) => {
		if (isPlain(name, field)) return [];
		return [...(/\s/.test(name) ? [name] : []), ...stringsIn(field, isPlain)];
	});
}

function isContainer(value: unknown): value is object {
	return typeof value === "object" && value !== null;
}
