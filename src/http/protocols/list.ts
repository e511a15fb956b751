/** OpenAI's lists: pages with cursors. */
import { z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../errors.ts";
import type { Page, PageRequest } from "../../store/index.ts";

/** A page as JSON. */
export interface WireList<Item> {
	object: "list";
	data: Item[];
	first_id: string | null;
	last_id: string | null;
	has_more: boolean;
}

/** Documents {@link WireList}. */
export function listSchema<Item>(item: z.ZodType<Item>): z.ZodType<WireList<Item>> {
	return z.object({
		object: z.literal("list"),
		data: z.array(item),
		first_id: z.string().nullable(),
		last_id: z.string().nullable(),
		has_more: z.boolean(),
	});
}

/** A page of records in OpenAI's words. */
export function toWireList<Record, Item extends { id: string }>(
	{ items, hasMore }: Page<Record>,
	toItem: (record: Record) => Item,
): WireList<Item> {
	const data = items.map(toItem);
	return {
		object: "list",
		data,
		first_id: data.at(0)?.id ?? null,
		last_id: data.at(-1)?.id ?? null,
		has_more: hasMore,
	};
}

/** The query of a list; `most` bounds its limit. */
export function listQuery(
	most: number,
	fallback: number,
): z.ZodObject<{
	after: z.ZodOptional<z.ZodString>;
	limit: z.ZodDefault<z.ZodCoercedNumber>;
	order: z.ZodOptional<z.ZodEnum<{ asc: "asc"; desc: "desc" }>>;
	purpose: z.ZodOptional<z.ZodString>;
}> {
	return z.object({
		after: z.string().optional().openapi({ description: "Id of the record the page starts behind" }),
		limit: z.coerce.number().int().min(1).max(most).default(fallback),
		order: z.enum(["asc", "desc"]).optional(),
		purpose: z.string().optional(),
	});
}

/** What a list's query asks for. */
export type ListQuery = PageRequest & { readonly purpose?: string | undefined };

/** What any route on files and batches can answer with. */
export const RECORDS_CODES: readonly ErrorCode[] = ["not_configured", "remote_failed", "internal"];
