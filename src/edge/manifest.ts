/**
 * What the origin judges by, as an edge knows it: asked for again every half minute and when a verdict shows that it has
 * changed. The last one is kept at the edge, so that an origin that is away has a declared consequence from the first request.
 */
import { EDGE_PATHS, type EdgeManifest, EdgeManifestSchema } from "../http/protocols/edge.ts";
import type { Log } from "../log.ts";
import type { EdgeCache } from "./cache.ts";
import type { Origin } from "./origin.ts";

const FRESH_MS = 30_000;
/** After an attempt that failed. */
const RETRY_MS = 3_000;
const TIMEOUT_MS = 3_000;
/** Between two looks at whether another request has learned it. */
const LOOK_MS = 20;
const KEPT_SECONDS = 30 * 24 * 60 * 60;
const KEPT_AT = "manifest";

/** See the header. */
export interface ManifestSource {
	/** Undefined until the first time that it is known. */
	current(): Promise<EdgeManifest | undefined>;
	/** What is known is over. */
	forget(): void;
}

/** `now` is Unix ms. */
export function createManifestSource(
	origin: Pick<Origin, "ask">,
	parts: { readonly cache?: EdgeCache | undefined; readonly log: Log; readonly now?: () => number },
): ManifestSource {
	const { cache, log, now = Date.now } = parts;
	let known: EdgeManifest | undefined;
	let knownText: string | undefined;
	let askAgainMs = 0;
	let askingUntilMs = 0;
	const ask = async (): Promise<void> => {
		askingUntilMs = now() + TIMEOUT_MS + LOOK_MS;
		try {
			const answer = await origin.ask({
				...{ method: "GET", path: EDGE_PATHS.manifest },
				signal: AbortSignal.timeout(TIMEOUT_MS),
			});
			const text = await answer.text(); // an error's is no manifest
			// the same one stays the same object: what is made of it need not be made again
			if (text !== knownText) known = EdgeManifestSchema.parse(JSON.parse(text));
			knownText = text;
			askAgainMs = now() + FRESH_MS;
			await cache?.put(KEPT_AT, text, KEPT_SECONDS);
		} catch (error) {
			askAgainMs = now() + RETRY_MS;
			known ??= await readKept(cache);
			log.warn(
				{ error: (error as Error).name, known: known !== undefined },
				"the origin does not say what it judges by",
			);
		} finally {
			askingUntilMs = 0;
		}
	};
	return {
		async current() {
			// never another request's promise: that of one whose caller has left does not settle
			while (known === undefined && now() < askingUntilMs) await pause(LOOK_MS);
			if (now() >= askAgainMs && now() >= askingUntilMs) await ask();
			return known;
		},
		forget() {
			askAgainMs = 0;
		},
	};
}

async function readKept(cache: EdgeCache | undefined): Promise<EdgeManifest | undefined> {
	const kept = await cache?.get(KEPT_AT);
	try {
		return kept === undefined ? undefined : EdgeManifestSchema.parse(JSON.parse(kept));
	} catch {
		return undefined; // kept by another version
	}
}

function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
