/**
 * A double of OpenAI's moderation API on a loopback port that knows the gold labels of the texts it will be asked about and
 * errs at random: the logit of a category is +distance or -distance plus normal noise, the same each time it is asked.
 * It stands for no real model.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { EvalRow } from "../../src/evaluate/index.ts";

/** In logits. */
export const NOISE: Readonly<Record<"distance" | "deviation", number>> = { distance: 3, deviation: 1.5 };
/** Share of answers on the wrong side of 0.5: the normal distribution beyond distance / deviation = 2. */
export const ERROR_RATE = 0.02275;

/** Policies and the categories that the double has for them; the API has no name for "any", which goes as illicit. */
export const CATEGORIES: Readonly<Record<string, string>> = {
	any: "illicit",
	harassment: "harassment",
	hate: "hate",
	"self-harm": "self-harm",
	sexual: "sexual",
	violence: "violence",
};

/** Starts it; a label that a row leaves out counts as negative, as the evaluation skips it. */
export async function startGoldService(rows: readonly EvalRow[]): Promise<{ readonly url: string; close(): void }> {
	const gold = new Map(rows.map(({ text, labels }) => [text, new Map(labels)]));
	const server = createServer(async (request, response) => {
		let raw = "";
		for await (const chunk of request.setEncoding("utf8")) raw += chunk;
		const { input } = JSON.parse(raw) as { input: string[] };
		const results = input.map((text) => ({ category_scores: toScores(text, gold.get(text)) }));
		response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ results }));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
}

function toScores(text: string, labels: ReadonlyMap<string, number> | undefined): Record<string, number> {
	const entries = Object.entries(CATEGORIES).map(([policy, category]) => {
		const positive = labels?.get(policy.replaceAll("-", "_")) === 1;
		const logit = (positive ? 1 : -1) * NOISE.distance + NOISE.deviation * toNormal(`${category}\n${text}`);
		return [category, 1 / (1 + Math.exp(-logit))] as const;
	});
	return Object.fromEntries(entries);
}

/** A standard normal number by the hash of a string (Box and Muller). */
function toNormal(of: string): number {
	const bytes = createHash("sha256").update(of).digest();
	const [u, v] = [(bytes.readUInt32LE(0) + 1) / (2 ** 32 + 1), bytes.readUInt32LE(4) / 2 ** 32];
	return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}
