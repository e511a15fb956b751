/** Texts remembered at the edge, by name, for a time: Cloudflare's Cache API behind two functions. A name must say nothing. */

/** See the header. */
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
			const found = await platform.match(BASE + name);
			return found?.text();
		},
		put: (name, text, seconds) =>
			platform.put(BASE + name, new Response(text, { headers: { "cache-control": `max-age=${seconds}` } })),
	};
}
