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
	let askAgainMs = 0;
	let asking: Promise<void> | undefined;
	const ask = async (): Promise<void> => {
		try {
			const answer = await origin.ask({
				...{ method: "GET", path: EDGE_PATHS.manifest },
				signal: AbortSignal.timeout(TIMEOUT_MS),
			});
			const body: unknown = await answer.json(); // an error's is no manifest
			known = EdgeManifestSchema.parse(body);
			askAgainMs = now() + FRESH_MS;
			await cache?.put(KEPT_AT, JSON.stringify(body), KEPT_SECONDS);
		} catch (error) {
			askAgainMs = now() + RETRY_MS;
			known ??= await readKept(cache);
			log.warn(
				{ error: (error as Error).name, known: known !== undefined },
				"the origin does not say what it judges by",
			);
		}
	};
	return {
		async current() {
			if (known === undefined || now() >= askAgainMs) {
				asking ??= ask().finally(() => {
					asking = undefined;
				});
				await asking;
			}
			return known;
		},
		forget() {
			askAgainMs = 0;
		},
	};
}

async function readKept(cache: EdgeCache | undefined): Promise<EdgeManifest | undefined> {
	const kept = await cache?.get(KEPT_AT);
	if (kept === undefined) return undefined;
	return EdgeManifestSchema.safeParse(JSON.parse(kept)).data;
}
