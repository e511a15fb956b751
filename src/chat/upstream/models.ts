/** The upstream's list of models, without what looks like no name. */
import { isJsonObject } from "../../guard/parts/json.ts";
import type { SourceModel } from "../source.ts";

const NAME = /^[\x21-\x7e]{1,200}$/;

/** Undefined where the value is no list. */
export function toModels(value: unknown): readonly SourceModel[] | undefined {
	if (!isJsonObject(value) || !Array.isArray(value.data)) return undefined;
	return value.data.flatMap((model: unknown) => {
		if (!isJsonObject(model) || typeof model.id !== "string" || !NAME.test(model.id)) return [];
		const { id, created, owned_by } = model;
		const ownedBy = typeof owned_by === "string" && NAME.test(owned_by) ? owned_by : "upstream";
		return [{ id, created: Number.isSafeInteger(created) ? (created as number) : 0, ownedBy }];
	});
}
