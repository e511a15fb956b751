/**
 * Texts remembered at the edge, by name, for a time: Cloudflare's Cache API behind two functions. A name must say nothing. A
 * cache that fails is one that remembers nothing.
 */

/** See the header; rejects never. */
export interface EdgeCache {
	get(name: string): Promise<string | undefined>;
	put(name: string, text: string, seconds: number): Promise<void>;
}

/** What of `caches.default` is used. */
export interface PlatformCache {
	match(url: string): Promise<Response | undefined>;
	put(url: string, response: Response): Promise<void>;
}

/** Names become addresses that nobody can ask for from outside. */
const BASE = "https://sluice-edge.invalid/";

/** The cache of the data centre. */
export function createEdgeCache(platform: PlatformCache): EdgeCache {
	return {
		async get(name) {
			try {
				return await (await platform.match(BASE + name))?.text();
			} catch {
				return undefined;
			}
		},
		async put(name, text, seconds) {
			const response = new Response(text, { headers: { "cache-control": `max-age=${seconds}` } });
			await platform.put(BASE + name, response).catch(() => {});
		},
	};
}
