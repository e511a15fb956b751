/**
 * Verdicts remembered for the very same text under the same policies and model. The name of an entry is a keyed hash of all
 * three, so it says nothing of the text and a change of policies or model finds nothing; the entry holds risks and offsets,
 * never content.
 */
import { createHmac } from "node:crypto";
import { fingerprintPolicies, type WireVerdict } from "../dispatch/index.ts";
import type { Content, ModelIdentity, Policy } from "../types.ts";
import type { EdgeCache } from "./cache.ts";

/** See the header. Contents and verdicts are in the same order; requests with many texts are neither looked up nor kept. */
export interface VerdictCache {
	find(
		policies: readonly Policy[],
		model: ModelIdentity,
		contents: readonly Content[],
	): Promise<(WireVerdict | undefined)[]>;
	/** Keeps verdicts by scores; what was declared instead of a score, or lacked one's budget, is asked for again. */
	keep(
		policies: readonly Policy[],
		model: ModelIdentity,
		of: { readonly contents: readonly Content[]; readonly verdicts: readonly WireVerdict[] },
	): Promise<void>;
}

/** Each text costs two of the 50 requests that a worker may make for one of its own on the smallest plan. */
const MOST_TEXTS = 20;

/** @param seconds how long a verdict is remembered. */
export function createVerdictCache(cache: EdgeCache, secret: string, seconds: number): VerdictCache {
	const namer = (policies: readonly Policy[], model: ModelIdentity): ((content: Content) => string) => {
		const by = `${fingerprintPolicies(policies)} ${model.hash}`;
		return (content) =>
			`verdict/${createHmac("sha256", secret)
				.update(JSON.stringify([by, content]))
				.digest("hex")}`;
	};
	return {
		find(policies, model, contents) {
			if (contents.length > MOST_TEXTS) return Promise.resolve(contents.map(() => undefined));
			const nameOf = namer(policies, model);
			return Promise.all(contents.map(async (content) => parse(await cache.get(nameOf(content)))));
		},
		async keep(policies, model, { contents, verdicts }) {
			if (contents.length > MOST_TEXTS) return;
			const nameOf = namer(policies, model);
			await Promise.all(
				contents.map(async (content, i) => {
					const verdict = verdicts[i]!;
					if (!isFinal(verdict)) return;
					await cache.put(nameOf(content), JSON.stringify(verdict), seconds);
				}),
			);
		},
	};
}

function parse(text: string | undefined): WireVerdict | undefined {
	try {
		return text === undefined ? undefined : (JSON.parse(text) as WireVerdict);
	} catch {
		return undefined;
	}
}

function isFinal({ risks, decisions }: WireVerdict): boolean {
	return (
		risks.every((risk) => risk !== null) && decisions.every((d) => d.instead === undefined && d.lacked === undefined)
	);
}
