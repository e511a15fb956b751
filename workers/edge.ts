/**
 * Cloudflare Workers entry: the gateway at the edge, and the consumer of its queue. Bindings are in wrangler.toml.
 */
import { createEdge, type Edge, type EdgeEnv, type QueuedMessages, toFailure } from "../src/edge/index.ts";
import { createEdgeLog } from "../src/edge/log.ts";

const log = createEdgeLog((line) => console.log(line));
let opened: { readonly env: EdgeEnv; readonly edge: Edge } | undefined;

/** One edge per isolate: its bindings stay the same. */
function open(env: EdgeEnv): Edge {
	if (opened?.env !== env) {
		const { caches } = globalThis as { caches?: { default?: Parameters<typeof createEdge>[1]["cache"] } };
		opened = { env, edge: createEdge(env, { log, cache: caches?.default }) };
	}
	return opened.edge;
}

const entry: {
	fetch(request: Request, env: EdgeEnv): Promise<Response>;
	queue(messages: QueuedMessages, env: EdgeEnv): Promise<void>;
} = {
	async fetch(request, env) {
		try {
			return await open(env).fetch(request);
		} catch (error) {
			return toFailure(error, log);
		}
	},
	queue: (messages, env) => open(env).queue(messages),
};

export default entry;
