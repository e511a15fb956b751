/** Rewinding on a real engine with the fixtures' models: a scripted judge blocks what it is told to. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Model, openModel } from "../../src/engine/index.ts";
import { type DraftOptions, openDraft } from "../../src/generator/index.ts";
import {
	type GenerationEvent,
	type GuardGenerationOptions,
	guardGeneration,
	type StreamRecorder,
} from "../../src/guard/index.ts";
import { createModelDirectory, type ModelDirectory } from "../engine/model-directory.ts";
import { createLetterTokenizer } from "../generator/scripted-model.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "./scripted-scorer.ts";

const FIXTURES = ["gemma2", "griffin"] as const;
const policies = [toPolicy("p")];
const models = new Map<string, Model>();
const directories: ModelDirectory[] = [];
before(async () => {
	for (const fixture of FIXTURES) {
		const directory = createModelDirectory(fixture);
		directories.push(directory);
		models.set(fixture, await openModel(directory.source, { cacheDir: directory.cacheDir }));
	}
});
after(async () => {
	for (const model of models.values()) await model.close();
	for (const directory of directories) directory.remove();
});

/** Pieces that only generation gives: of three, two begin a word. */
const PIECES = Array.from({ length: 190 }, (_, i) => {
	const letters = String.fromCharCode(97 + Math.floor(i / 20), 97 + (i % 20));
	return i % 3 === 0 ? letters : `▁${letters}`;
});
const tokenizer = createLetterTokenizer(PIECES);
const drawable = new Set(PIECES.map((piece) => tokenizer.idOf(piece)!));
const logitBias = Object.fromEntries(
	Array.from({ length: 512 }, (_, id) => id).flatMap((id) => (drawable.has(id) ? [] : [[id, -100]])),
);
const OPTIONS: DraftOptions = { maxTokens: 40, temperature: 2, repetitionPenalty: 4, seed: 7, logitBias };

interface Ran {
	readonly events: readonly GenerationEvent[];
	readonly text: string;
	readonly end: Extract<GenerationEvent, { type: "end" }>;
}

/** The text of a generation that nobody guards. */
async function generate(model: Model, options: DraftOptions, forbid?: ReadonlyMap<number, number[]>): Promise<string> {
	const ids = [tokenizer.bosId, ...tokenizer.encode("hello").ids];
	let text = "";
	for await (const { id } of model.generate(ids, { ...options, forbid })) text += tokenizer.pieceOf(id);
	return text;
}

async function run(
	model: Model,
	riskOf: (prefix: string) => number,
	{ draft = {}, guard = {} }: { draft?: Partial<DraftOptions>; guard?: Partial<GuardGenerationOptions> } = {},
): Promise<Ran> {
	const text = await openDraft({ model, tokenizer }, "hello", { ...OPTIONS, ...draft });
	const scorer = createScriptedScorer(riskOf);
	const events: GenerationEvent[] = [];
	for await (const event of guardGeneration(text, { scorer, policies, ...guard })) events.push(event);
	assert.deepEqual([scorer.openStreams(), model.stats().sessions], [0, 0]);
	const end = events.at(-1);
	assert.ok(end?.type === "end");
	return { events, end, text: events.map((event) => (event.type === "text" ? event.text : "")).join("") };
}

const wordsOf = (text: string): string[] => text.split(" ").filter((word) => word !== "");
/** Blocks prefixes that have one of the words. */
const blocking =
	(...words: string[]) =>
	(prefix: string): number =>
		wordsOf(prefix).some((word) => words.includes(word)) ? 0.9 : 0.1;

for (const fixture of FIXTURES) {
	const modelOf = (): Model => models.get(fixture)!;

	test(`${fixture}: what is blocked does not leave, and the stream goes on another way`, async () => {
		const model = modelOf();
		let whole = 0;
		for (let seed = 1; seed <= 8; seed++) {
			const plain = await generate(model, { ...OPTIONS, seed });
			const words = wordsOf(plain);
			const bad = words[Math.floor(words.length / 2)]!;
			const { text, events, end } = await run(model, blocking(bad), { draft: { seed } });
			assert.ok(!wordsOf(text).includes(bad), `${bad} in ${text}`);
			assert.ok(text.startsWith(plain.slice(0, plain.indexOf(` ${bad} `))));
			const { report, result } = end;
			assert.equal(report.leakedCharacters, 0);
			assert.deepEqual(
				events.filter(({ type }) => type === "rewind"),
				report.rewinds,
			);
			assert.ok(report.rewinds.length >= 1 && report.drawnTokens >= report.rewinds.length);
			if (report.action === "block") continue;
			whole++;
			assert.deepEqual([report.reason, report.releasedCharacters], ["complete", text.length]);
			assert.deepEqual([result?.reason, result?.usage.completionTokens], ["length", OPTIONS.maxTokens]);
		}
		assert.ok(whole >= 6, `${whole} of 8 went on to their end`);
	});

	for (const temperature of [0, 2])
		test(`${fixture}, temperature ${temperature}: the text is that of a run which never took the bad way`, async () => {
			const model = modelOf();
			const options = { ...OPTIONS, temperature };
			const plain = await generate(model, options);
			const words = wordsOf(plain);
			const { text, end } = await run(model, blocking(words.at(-2)!), { draft: { temperature } });
			const forbid = new Map<number, number[]>();
			for (const { kept, forbidden } of end.report.rewinds) {
				for (const index of forbid.keys()) if (index > kept) forbid.delete(index);
				forbid.set(kept, [...(forbid.get(kept) ?? []), forbidden]);
			}
			assert.ok(forbid.size > 0);
			const never = await generate(model, options, forbid);
			assert.equal(text, never.slice(0, text.length));
			if (end.report.action !== "block") assert.equal(text, never);
		});

	test(`${fixture}: the same seed ends the same way`, async () => {
		const bad = wordsOf(await generate(modelOf(), OPTIONS))[2]!;
		const brief = ({ text, end }: Ran): unknown => [
			text,
			end.report.action,
			end.report.rewinds.map(({ kept, forbidden, end: at }) => [kept, forbidden, at]),
		];
		const [one, other] = [await run(modelOf(), blocking(bad)), await run(modelOf(), blocking(bad))];
		assert.deepEqual(brief(one), brief(other));
	});
}

const gemma = (): Model => models.get("gemma2")!;

test("it is refused after as many tries as declared, and what was safe has left", async () => {
	const plain = await generate(gemma(), OPTIONS);
	const safe = wordsOf(plain).slice(0, 3).join(" ");
	const most = plain.indexOf(wordsOf(plain)[2]!) + wordsOf(plain)[2]!.length;
	for (const tries of [0, 3]) {
		const { text, end } = await run(gemma(), (prefix) => (prefix.trimEnd().length > most ? 0.9 : 0.1), {
			guard: { tries },
		});
		assert.deepEqual([end.report.action, end.report.reason, end.result], ["block", "policy", undefined]);
		assert.equal(end.report.rewinds.length, tries);
		assert.ok(text.trimEnd().length <= most && wordsOf(text).join(" ").startsWith(safe.split(" ")[0]!));
		const ids = end.report.rewinds.map(({ kept, forbidden }) => `${kept} ${forbidden}`);
		assert.equal(new Set(ids).size, tries, "the same token was drawn again at its place");
	}
});

test("tokens held back allow for going back further than the last safe one", async () => {
	const plain = await generate(gemma(), OPTIONS);
	const most = plain.indexOf(" ", 20);
	const risk = (prefix: string): number =>
		prefix.startsWith(plain.slice(0, most)) && prefix.length > most ? 0.9 : 0.1;
	const held = await run(gemma(), risk, { guard: { tries: 8, holdTokens: 6 } });
	assert.equal(held.end.report.action, "allow");
	assert.ok(Math.min(...held.end.report.rewinds.map(({ kept }) => kept)) < most);
	const never = await run(gemma(), risk, { guard: { tries: 2 } });
	assert.equal(never.end.report.action, "block");
});

test("not more tokens are drawn ahead of the judge than declared", async () => {
	const { promise, resolve } = Promise.withResolvers<void>();
	const scorer = createScriptedScorer(riskOfWords, () => promise);
	const draft = await openDraft({ model: gemma(), tokenizer }, "hello", OPTIONS);
	const events = guardGeneration(draft, { scorer, policies, aheadTokens: 5 });
	const first = events.next();
	while (draft.ends.length < 5) await new Promise(setImmediate);
	for (let i = 0; i < 200; i++) await new Promise(setImmediate);
	assert.ok(draft.ends.length <= 6, `${draft.ends.length} tokens`);
	resolve();
	await first;
	await events.return?.();
	assert.equal(gemma().stats().sessions, 0);
});

test("a reader that leaves ends the generation; an error of the engine comes after what was judged", async () => {
	const open = (more: Partial<DraftOptions> = {}) =>
		openDraft({ model: gemma(), tokenizer }, "hello", { ...OPTIONS, ...more });
	const scorer = createScriptedScorer(riskOfWords);
	let reason: string | undefined;
	const onReport: GuardGenerationOptions["onReport"] = (report) => {
		reason = report.reason;
	};
	for await (const event of guardGeneration(await open(), { scorer, policies, onReport })) {
		assert.equal(event.type, "text");
		break;
	}
	assert.deepEqual([reason, gemma().stats().sessions, scorer.openStreams()], ["reader", 0, 0]);
	const late = await open({ deadlineMs: performance.now() - 1 });
	const seen: string[] = [];
	await assert.rejects(
		async () => {
			for await (const { type } of guardGeneration(late, { scorer, policies, onReport })) seen.push(type);
		},
		{ code: "deadline_exceeded" },
	);
	assert.deepEqual([seen, reason, gemma().stats().sessions], [["end"], "source", 0]);
	assert.throws(() => guardGeneration(late, { scorer, policies, tries: -1 }), { pointer: "/tries" });
});

test("it is recorded once, with the text and the risks that it ended with", async () => {
	const bad = wordsOf(await generate(gemma(), OPTIONS))[6]!;
	const heard: string[] = [];
	let [text, highest] = ["", 0];
	const record = (): StreamRecorder => {
		heard.push("begin");
		return {
			text(delta) {
				text += delta;
			},
			scored({ risks }) {
				highest = Math.max(highest, risks.p!);
			},
			ended: ({ action, rewinds }) => heard.push(`${action} ${rewinds!.length > 0}`),
		};
	};
	const ran = await run(gemma(), blocking(bad), { guard: { record } });
	assert.deepEqual([heard, text, highest], [["begin", "allow true"], ran.text, 0.1]);
	const refusing = (): never => {
		throw new Error("no record");
	};
	await assert.rejects(run(gemma(), blocking(bad), { guard: { record: refusing } }), { message: "no record" });
});

test("redactions and flags come once, in their place, however often text is taken back", async () => {
	const all = wordsOf(await generate(gemma(), OPTIONS));
	const [left, bad] = [all[1]!, all.at(-3)!];
	const both = [toPolicy("p"), toPolicy("q")];
	const scorer = createScriptedScorer((prefix, policy) => {
		const words = wordsOf(prefix);
		if (policy === "q") return words.at(-1) === left && !prefix.endsWith(" ") ? 0.9 : 0.1;
		return words.includes(bad) ? 0.9 : 0.1;
	});
	const draft = await openDraft({ model: gemma(), tokenizer }, "hello", OPTIONS);
	let at = 0;
	let redactions = 0;
	for await (const event of guardGeneration(draft, {
		scorer,
		policies: both,
		responses: { q: { onBlock: "redact" } },
		holdTokens: 3,
	})) {
		if (event.type === "text" || event.type === "redaction") {
			assert.equal(event.start, at);
			at = event.end;
		}
		if (event.type === "text") assert.ok(!wordsOf(event.text).includes(left));
		if (event.type === "redaction") redactions++;
		if (event.type === "end") assert.ok(event.report.rewinds.length > 0);
	}
	assert.ok(redactions >= 1);
});
