/** The services of the suite: how each is opened, and what its double says of texts such as "risk 0.31". */
import type { TestContext } from "node:test";
import { createRemoteScorer, type RemoteScorerOptions } from "../../../src/scorers/remote/index.ts";
import type { Scorer } from "../../../src/scorers/scorer.ts";
import type { Policy, RemoteSpec } from "../../../src/types.ts";
import { fakePolicy } from "../../fake-moderator.ts";
import { type ServiceDouble, startDouble } from "./service-double.ts";

/** The key of every scorer; nothing but a header may show it. */
export const KEY = "sk-secretOfTheTests";

/** A member of the suite. */
export interface Subject {
	readonly name: string;
	readonly service: RemoteSpec["service"];
	readonly path: string;
	/** The header that carries the key, and its value. */
	readonly key: readonly [string, string];
	/** The category whose risk the double reports. */
	readonly category: string;
	/** Texts in a request. */
	readonly batch: number;
	/** Shortest text that takes several requests or pieces. */
	readonly long: number;
	readonly options: object;
	answer(body: never): unknown;
	/** The texts in a request. */
	texts(body: never): string[];
	/** Answers that are JSON but no answer. */
	readonly wrong: readonly unknown[];
	/** An answer that leaves the category out; undefined where the format cannot. */
	readonly lacking: unknown;
}

/** What the double makes of a text: the highest risk named in it. */
export function riskOf(text: string): number {
	return Math.max(0.01, ...Array.from(text.matchAll(/risk (0\.\d+)/g), ([, risk]) => Number(risk)));
}

const chat = (content: string, logprobs?: unknown, finish = "stop"): unknown => ({
	choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: finish, logprobs }],
});
const place = (token: string, risk: number, [safe, unsafe]: readonly [string, string]): unknown => ({
	token,
	top_logprobs: [
		{ token: safe, logprob: Math.log(1 - risk) },
		{ token: unsafe, logprob: Math.log(risk) },
		{ token: "other", logprob: -12 },
	],
});
const plain = (token: string): unknown => ({ token, top_logprobs: [{ token, logprob: 0 }] });

interface Turns {
	messages: { role: string; content: string }[];
}
const lastTurn = ({ messages }: Turns): string => messages.at(-1)?.content ?? "";
const WRONG_CHATS = [
	{},
	{ choices: [] },
	{ choices: [{ message: { content: null } }] },
	chat(""),
	chat("I cannot help with that."),
	chat("SAFE"),
	chat("safe", undefined, "length"),
	chat("Safety: Safe\nCategories: None", undefined, "length"),
	chat("Safety: Safe"),
	chat("Safety: Safe\nCategories: Violent"),
	chat("Safety: Unsafe\nCategories: Boredom"),
	chat("safe\nS1"),
	chat("unsafe\nS15"),
	chat("unsafe\nsafe"),
	chat("safe or unsafe"),
];

export const SUBJECTS: readonly Subject[] = [
	{
		name: "openai",
		service: "openai",
		path: "/v1/moderations",
		key: ["authorization", `Bearer ${KEY}`],
		category: "hate",
		batch: 32,
		long: 10_001,
		options: {},
		answer: ({ input }: { input: string[] }) => ({
			results: input.map((text) => ({ flagged: false, category_scores: { hate: riskOf(text), violence: 0.02 } })),
		}),
		texts: ({ input }: { input: string[] }) => input,
		wrong: [
			{},
			{ results: [] },
			{ results: [{ flagged: false }] },
			{ results: [{ category_scores: { hate: "0.1" } }] },
			{ results: [{ category_scores: { hate: 1.5 } }] },
			{ results: [{ category_scores: { hate: -1 } }] },
			{ results: Array(33).fill({ category_scores: { hate: 0 } }) },
		],
		lacking: { results: [{ category_scores: { violence: 0.1, hate: null } }] },
	},
	{
		name: "google",
		service: "google",
		path: "/v2/documents:moderateText",
		key: ["x-goog-api-key", KEY],
		category: "Toxic",
		batch: 1,
		long: 100_001,
		options: {},
		answer: ({ document }: { document: { content: string } }) => ({
			moderationCategories: [
				{ name: "Toxic", confidence: riskOf(document.content) },
				{ name: "Legal", confidence: 0.02 },
			],
			languageCode: "en",
			languageSupported: true,
		}),
		texts: ({ document }: { document: { content: string } }) => [document.content],
		wrong: [
			{},
			{ moderationCategories: {} },
			{ moderationCategories: [{ confidence: 0 }] },
			{ moderationCategories: [{ name: "Toxic", confidence: 2 }] },
			{ moderationCategories: [{ name: "Toxic", confidence: null }] },
		],
		lacking: { moderationCategories: [{ name: "Toxic" }, { name: "Legal", confidence: 0 }] },
	},
	{
		name: "guard, Llama Guard",
		service: "guard",
		path: "/v1/chat/completions",
		key: ["authorization", `Bearer ${KEY}`],
		category: "S10",
		batch: 1,
		long: 4001,
		options: { model: "llama-guard", format: "llama-guard" },
		answer(body: Turns) {
			const risk = riskOf(lastTurn(body));
			const label = risk > 0.5 ? "unsafe" : "safe";
			const content = [plain("\n\n"), place(label, risk, ["safe", "unsafe"])];
			return chat(risk > 0.5 ? "\n\nunsafe\nS1,S10" : "\n\nsafe", { content });
		},
		texts: (body: Turns) => [lastTurn(body)],
		wrong: WRONG_CHATS,
		lacking: undefined,
	},
	{
		name: "guard, Qwen3Guard",
		service: "guard",
		path: "/v1/chat/completions",
		key: ["authorization", `Bearer ${KEY}`],
		category: "Violent",
		batch: 1,
		long: 4001,
		options: { model: "qwen3guard", format: "qwen3guard" },
		answer(body: Turns) {
			const risk = riskOf(lastTurn(body));
			const label = risk > 0.5 ? "Unsafe" : "Safe";
			const content = [plain("Safety"), plain(":"), place(` ${label}`, risk, [" Safe", " Un"]), plain("\n")];
			return chat(`Safety: ${label}\nCategories: ${risk > 0.5 ? "PII, Violent" : "None"}`, { content });
		},
		texts: (body: Turns) => [lastTurn(body)],
		wrong: WRONG_CHATS,
		lacking: undefined,
	},
];

/** A policy measured by the subject. */
export function remotePolicy(subject: Subject, over: Partial<RemoteSpec> = {}): Policy {
	const { service, category } = subject;
	const scorer: RemoteSpec = { kind: "remote", service, categories: [category], onFailure: "fail", ...over };
	return { ...fakePolicy(`p-${over.onFailure ?? "fail"}`), scorer };
}

/** A double, a scorer that asks it, and the waits between tries, which take no time. */
export interface Setup {
	readonly double: ServiceDouble;
	readonly scorer: Scorer;
	readonly waits: number[];
	/** The breaker's clock can be moved. */
	readonly clock: { aheadMs: number };
}

/** Opens the subject; a random 0.5, real time otherwise. */
export async function setUp(t: TestContext, subject: Subject, over: Partial<RemoteScorerOptions> = {}): Promise<Setup> {
	const double = await startDouble(t, subject.answer);
	const waits: number[] = [];
	const clock = { aheadMs: 0 };
	const timing = {
		now: () => performance.now() + clock.aheadMs,
		wait: async (ms: number) => void waits.push(ms),
		random: () => 0.5,
	};
	const { service, options } = subject;
	const all = { service, baseUrl: double.url, apiKey: KEY, timing, ...options, ...over };
	const scorer = createRemoteScorer(all as RemoteScorerOptions);
	t.after(() => scorer.close());
	return { double, scorer, waits, clock };
}
