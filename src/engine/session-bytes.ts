/**
 * How much memory a session's caches take, known before it is opened.
 */
import type { CacheSpec } from "../architectures/index.ts";
import { keyValueBytes } from "./key-values.ts";
import type { ModelLayout } from "./protocol.ts";

/** Bytes of the caches after so many tokens, at most. */
export function sessionBytes(layout: ModelLayout, tokens: number): number {
	if (layout.kind === "slots") return keyValueBytes(layout.keyValues, tokens);
	return layout.caches.reduce((sum, spec) => sum + cacheBytes(spec, tokens), 0);
}

function cacheBytes({ shape, maxPast = 0 }: CacheSpec, tokens: number): number {
	const past = Math.min(tokens, maxPast);
	return shape.reduce<number>((n, dim) => n * (dim === "batch" ? 1 : dim === "past" ? past : dim), 4);
}
