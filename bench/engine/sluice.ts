/**
 * Our engine as a side of bench/engine.ts: opens a converted directory. `ms` is the call as its user sees it, until the
 * logits of the last token are here; choosing the token from them (greedy) is timed apart.
 */
import { type Model, openModel, type Session } from "../../src/engine/index.ts";
import type { Engine } from "./protocol.ts";
import { serveSide } from "./serve-side.ts";

let model: Model;
let context = 0;
let session: Session | undefined;
let prompt = "";

interface Step {
	readonly ms: number;
	readonly pickMs: number;
	readonly token: number;
}

/** Reads `ids`; the greedy token after the last one. */
async function append(ids: readonly number[]): Promise<Step> {
	const start = performance.now();
	const { logits } = await session!.append(ids, { logits: "last" });
	const evaluated = performance.now();
	return { ms: evaluated - start, token: highest(logits!), pickMs: performance.now() - evaluated };
}

async function restart(): Promise<void> {
	await session?.close();
	session = await model.session({ maxTokens: context });
	prompt = "";
}

function highest(logits: Float32Array): number {
	let best = 0;
	for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
	if (!Number.isFinite(logits[best])) throw new Error(`logits of the last position: ${logits[best]}`);
	return best;
}

const engine: Engine = {
	async load({ path, threads, context: tokens }) {
		const start = performance.now();
		model = await openModel(path, { cores: threads, cacheDir: `${path}-cache` });
		context = tokens;
		return { ms: performance.now() - start, detail: `${model.identity.id} hash=${model.identity.hash.slice(0, 16)}` };
	},

	async prefill({ ids }) {
		await restart();
		return append(ids);
	},

	async decode({ ids, steps }) {
		const key = ids.join();
		if (key !== prompt) {
			await restart();
			await append(ids);
			prompt = key;
		}
		let token = ids[0]!;
		const times: Step[] = [];
		for (let i = 0; i < steps; i++) {
			const time = await append([token]);
			times.push(time);
			token = time.token;
		}
		await session!.rollback(steps);
		return { ms: times.map((t) => t.ms), pickMs: times.map((t) => t.pickMs), tokens: times.map((t) => t.token) };
	},
};

serveSide(engine);
