/** From settings and policy files to a moderator: tiers, providers, remote services, with a tiny model end to end. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openModerator } from "../../src/cli/open-moderator.ts";
import { openScorer } from "../../src/cli/open-scorer.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { openModel } from "../../src/engine/index.ts";
import type { CascadeReport, EvalReport } from "../../src/evaluate/index.ts";
import { loadPolicies } from "../../src/policies/index.ts";
import { yesProbability } from "../../src/scorers/yes-no/risk.ts";
import { createTokenizer } from "../../src/tokenizer/index.ts";
import { createModelDirectory } from "../engine/model-directory.ts";
import { startDouble } from "../scorers/remote/service-double.ts";
import { SUBJECTS } from "../scorers/remote/subjects.ts";
import { tinyTokenizerJson } from "../scorers/yes-no/tiny-tokenizer.ts";
import { run } from "./harness.ts";

const tiny = createModelDirectory("shieldgemma");
writeFileSync(join(tiny.source, "tokenizer.json"), JSON.stringify(tinyTokenizerJson()));
const folder = mkdtempSync(join(tmpdir(), "sluice-open-scorer-"));
after(() => {
	tiny.remove();
	rmSync(folder, { recursive: true });
});

const GUIDELINE = "The prompt shall not contain advertisements.";
/** A directory with one policy per scorer, named by the keys. */
function writePolicies(name: string, scorers: Readonly<Record<string, string>>): string {
	const directory = join(folder, name);
	mkdirSync(directory, { recursive: true });
	for (const [id, scorer] of Object.entries(scorers))
		writeFileSync(
			join(directory, `${id}.yaml`),
			`id: ${id}
title: ${id}
guideline: ${GUIDELINE}
scorer: ${scorer}
thresholds: { flag: 0.3, block: 0.8, target: a test }
maps: {}
examples: [{ text: a, violates: true }, { text: b, violates: false }]
`,
		);
	return directory;
}
const settings = (policies: string, env: Record<string, string> = {}): Record<string, string> => ({
	SLUICE_POLICIES: policies,
	SLUICE_CACHE_DIR: tiny.cacheDir,
	SLUICE_WEIGHTS: "f32",
	...env,
});
const configOf = (policies: string, env?: Record<string, string>): Config => readConfig({}, settings(policies, env));
const ONLINE = { SLUICE_MODEL_ONLINE: tiny.source };

async function open(policies: string, env: Record<string, string> = {}): ReturnType<typeof openScorer> {
	const config = configOf(policies, env);
	return openScorer(config, await loadPolicies(config.policies));
}

describe("a policy that is one YAML file and a guideline", () => {
	const policies = writePolicies("yes-no", {
		ads: "{ kind: yes-no, temperature: 8 }",
		"ads-first": "{ kind: yes-no, order: policy-first, temperature: 8 }",
		"ads-notebook": "{ kind: yes-no, wording: notebook, temperature: 8 }",
	});

	it("is measured by the online model: P(Yes) after the published template, exchange and prompt", async (t) => {
		const moderator = await openModerator(configOf(policies, ONLINE));
		t.after(() => moderator.close());
		await moderator.ready();
		const contents = ["Buy this now", { prompt: "Hello", response: "Buy this now" }] as const;
		const verdicts = await moderator.moderate(contents);
		const question = "violate the above principle? Your answer must";
		const end = "start with 'Yes' or 'No'. And then walk through step by step to be sure we answer correctly.\n\n";
		const principle = `Our safety principle is defined in the below:\n\n* ${GUIDELINE}\n\n===\n\n`;
		const prompts = [
			"You are a policy expert trying to help determine whether a user prompt is in violation of the defined safety policies.\n\n" +
				`<start_of_turn>\nHuman Question: Buy this now\n<end_of_turn>\n\n${principle}Does the human question ${question} ${end}`,
			"You are a policy expert trying to help determine whether an AI response to a prompt is in violation of the defined safety policies.\n\n" +
				"<start_of_turn>\nHuman Question: Hello\n<end_of_turn>\n<start_of_turn>\nChatbot Response: Buy this now\n<end_of_turn>\n\n" +
				`${principle}Does the Chatbot Response ${question}  ${end}`,
		];
		for (const [i, prompt] of prompts.entries()) {
			const { risk, decision } = verdicts[i]!.policies.find(({ policy }) => policy === "ads")!;
			assert.ok(Math.abs(risk! - (await probabilityOf(prompt))) < 2e-4, `${risk}`);
			assert.deepEqual([decision.scorer, decision.stages], ["yes-no", 1]);
			const risks = verdicts[i]!.policies.map((policy) => policy.risk!);
			assert.equal(new Set(risks).size, 3, "order and wording make no difference");
			assert.equal(verdicts[i]!.risk, Math.max(...risks));
		}
	});

	it("sluice eval shows what order and wording do to the figures of a policy", async () => {
		const rows = join(folder, "rows.jsonl");
		const texts = [
			"Buy this now",
			"How are you?",
			"Click here, it is cheap",
			"The river is high",
			"Sale",
			"Good night",
		];
		writeFileSync(rows, texts.map((text, i) => JSON.stringify({ text, labels: { ads: 1 - (i % 2) } })).join("\n"));
		const orders = ["content-first", "policy-first"].map((order) =>
			writePolicies(`ads-${order}`, { ads: `{ kind: yes-no, order: ${order}, temperature: 8 }` }),
		);
		const context = { openModerator, openScorer };
		const figures: EvalReport["labels"][string][] = [];
		for (const directory of orders) {
			const { exitCode, stdout } = await run(["eval", rows, "--json"], { env: settings(directory, ONLINE), context });
			assert.equal(exitCode, 0);
			figures.push((JSON.parse(stdout) as EvalReport).labels.ads!);
		}
		assert.notEqual(figures[0]!.bestThreshold, figures[1]!.bestThreshold);
		const { stdout } = await run(["eval", rows, "--json", "--cascade", "--second", orders[1]!], {
			env: settings(orders[0]!, ONLINE),
			context,
		});
		const [curve] = (JSON.parse(stdout) as CascadeReport).curves;
		assert.deepEqual(
			[curve!.first.auPrc, curve!.second.auPrc],
			figures.map(({ auPrc }) => auPrc),
		);
	});
});

/** P(Yes) at temperature 8 of a prompt whose turns are spelled out. */
async function probabilityOf(prompt: string): Promise<number> {
	const tokenizer = createTokenizer(tinyTokenizerJson());
	const ids = prompt.split(/(<(?:start|end)_of_turn>)/).flatMap((part) => {
		const control = /^<(start|end)_of_turn>$/.test(part) ? tokenizer.idOf(part) : undefined;
		return control === undefined ? [...tokenizer.encode(part).ids] : [control];
	});
	const model = await openModel(tiny.source, { cacheDir: tiny.cacheDir });
	try {
		const logits = await model.score([tokenizer.bosId, ...ids], [tokenizer.idOf("Yes")!, tokenizer.idOf("No")!]);
		return yesProbability(logits[0]!, logits[1]!, { alpha: 0, temperature: 8 });
	} finally {
		await model.close();
	}
}

describe("a cascade from a YAML file", () => {
	const doubtful = "{ kind: yes-no, temperature: 8 }";
	it("asks the classifier that comes with Sluice first and the online model for what is in doubt", async (t) => {
		const first = "{ kind: head, head: toxic }";
		const policies = writePolicies("cascade", {
			none: `{ kind: cascade, first: ${first}, second: ${doubtful}, band: { from: 0.5, to: 0.5 } }`,
			all: `{ kind: cascade, first: ${first}, second: ${doubtful}, band: { from: 0, to: 1 }, exhausted: flag }`,
			plain: first,
			asked: doubtful,
		});
		const env = { ...ONLINE, SLUICE_WEIGHTS: "q8" };
		const moderator = await openModerator(configOf(policies, env));
		t.after(() => moderator.close());
		await moderator.ready();
		const judge = async (maxEscalations?: number) => {
			const [verdict] = await moderator.moderate(["You are an idiot"], { budget: { maxEscalations } });
			return new Map(verdict!.policies.map((policy) => [policy.policy, policy]));
		};
		const free = await judge();
		assert.equal(free.get("none")!.risk, free.get("plain")!.risk);
		assert.equal(free.get("all")!.risk, free.get("asked")!.risk);
		assert.deepEqual([free.get("all")!.decision.scorer, free.get("all")!.decision.stages], ["yes-no", 2]);
		assert.ok(free.get("plain")!.spans.length > 0);
		const none = await judge(0);
		assert.deepEqual([none.get("all")!.action, none.get("all")!.risk], ["flag", null]);
		assert.equal(none.get("none")!.risk, free.get("plain")!.risk);
		assert.match(moderator.model.id, /^sluice-guard\+shieldgemma$/);
	});
	it("points at the stage that cannot measure the policy", async () => {
		const second = "{ kind: head, head: boredom }";
		const policies = writePolicies("wrong-head", {
			a: `{ kind: cascade, first: ${doubtful}, second: ${second}, band: { from: 0, to: 1 } }`,
		});
		const moderator = await openModerator(configOf(policies, { ...ONLINE, SLUICE_WEIGHTS: "q8" }));
		await assert.rejects(moderator.ready(), { code: "invalid_policy", pointer: "/scorer/second/head" });
		await moderator.close();
	});
});

describe("what settings lack", () => {
	it("a policy whose scorer is not there names the setting, before anything is opened", async () => {
		const head = "{ kind: head, head: hate }";
		const needs: [string, string, RegExp][] = [
			["online", "{ kind: yes-no }", /^policy p needs a yes-no model: set SLUICE_MODEL_ONLINE$/],
			["offline", "{ kind: yes-no, model: offline }", /set SLUICE_MODEL_OFFLINE$/],
			["openai", "{ kind: remote, service: openai, categories: [hate] }", /set SLUICE_OPENAI_API_KEY$/],
			["google", "{ kind: remote, service: google, categories: [Toxic] }", /set SLUICE_GOOGLE_API_KEY$/],
			[
				"guard",
				"{ kind: remote, service: guard, categories: [S1] }",
				/set SLUICE_GUARD_BASE_URL and SLUICE_GUARD_MODEL$/,
			],
		];
		const nowhere = { SLUICE_MODEL: join(folder, "no-model") };
		for (const [name, scorer, message] of needs) {
			const refusal = { code: "invalid_policy", pointer: "/scorer", message };
			await assert.rejects(open(writePolicies(`lacks-${name}`, { p: scorer, a: head }), nowhere), refusal);
			const cascade = `{ kind: cascade, first: ${head}, second: ${scorer}, band: { from: 0, to: 1 } }`;
			await assert.rejects(open(writePolicies(`lacks-second-${name}`, { p: cascade }), nowhere), refusal);
		}
	});
	it("a model that cannot be opened stops the start, and closes what could be", async () => {
		const threads = (): number => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
		const before = threads();
		const policies = writePolicies("half", { a: "{ kind: yes-no }", b: "{ kind: yes-no, model: offline }" });
		const env = { ...ONLINE, SLUICE_MODEL_OFFLINE: join(folder, "no-model") };
		await assert.rejects(open(policies, env), { code: "invalid_model" });
		assert.equal(threads(), before);
	});
	it("a model without a vocabulary that can ask is refused by name of what is missing", async () => {
		const other = createModelDirectory("shieldgemma");
		try {
			const json = tinyTokenizerJson() as { model: { vocab: Record<string, number>; merges: unknown[] } };
			const { Yes: _, ...vocab } = json.model.vocab;
			const without = { ...json, model: { ...json.model, vocab, merges: [] } };
			writeFileSync(join(other.source, "tokenizer.json"), JSON.stringify(without));
			const policies = writePolicies("no-answer", { a: "{ kind: yes-no }" });
			await assert.rejects(open(policies, { SLUICE_MODEL_ONLINE: other.source }), { code: "invalid_model" });
		} finally {
			other.remove();
		}
	});
	it("opens nothing that no policy asks for", async () => {
		const policies = writePolicies("only-online", { a: "{ kind: yes-no }" });
		const nowhere = { SLUICE_MODEL: join(folder, "no-model"), SLUICE_MODEL_OFFLINE: join(folder, "no-model") };
		const scorer = await open(policies, { ...ONLINE, ...nowhere });
		await scorer.close();
	});
});

describe("execution providers", () => {
	it("one that the runtime lacks or this machine cannot start is refused in one sentence that names the setting", async () => {
		const policies = writePolicies("provider", { a: "{ kind: yes-no }" });
		const sentences: Record<string, RegExp> = {
			cuda: /its libraries do not come with onnxruntime-node|no device or driver/,
			webgpu: /this machine has no device or driver for it/,
			coreml:
				/^SLUICE_EXECUTION_PROVIDER: onnxruntime-node \S+ has no execution provider coreml on this system; it has cpu/,
			dml: /has no execution provider dml on this system/,
		};
		for (const [provider, sentence] of Object.entries(sentences)) {
			const env = { ...ONLINE, SLUICE_EXECUTION_PROVIDER: provider };
			const opened = await open(policies, env).then(
				(scorer) => scorer,
				(error: unknown) => error as { code: string; detail: string },
			);
			if ("score" in opened) {
				await opened.close(); // this machine has it
				continue;
			}
			assert.equal(opened.code, "invalid_config");
			assert.match(opened.detail, /^SLUICE_EXECUTION_PROVIDER: /);
			assert.match(opened.detail, sentence);
			assert.doesNotMatch(opened.detail, /\n|\[E:|Exception/);
		}
	});
	it("the setting concerns the online and the offline model only; anything else is refused with the list", async () => {
		assert.throws(() => readConfig({}, { SLUICE_EXECUTION_PROVIDER: "tensorrt" }), {
			code: "invalid_config",
			message: /^SLUICE_EXECUTION_PROVIDER must be one of cpu, cuda, webgpu, coreml, dml/,
		});
		const policies = writePolicies("heads-only", { a: "{ kind: head, head: hate }" });
		const scorer = await open(policies, { SLUICE_EXECUTION_PROVIDER: "dml", SLUICE_WEIGHTS: "q8" });
		await scorer.close();
	});
});

describe("remote services from settings", () => {
	for (const subject of SUBJECTS.filter(({ name }) => name !== "guard, Qwen3Guard"))
		it(`${subject.service}: a policy is measured by the service at the address of the settings`, async (t) => {
			const double = await startDouble(t, subject.answer);
			const { service, category } = subject;
			const upper = service.toUpperCase();
			const env = {
				[`SLUICE_${upper}_BASE_URL`]: double.url,
				[`SLUICE_${upper}_API_KEY`]: "sk-a",
				...(service === "guard" && { SLUICE_GUARD_MODEL: "guard-model" }),
			};
			const scorer = `{ kind: remote, service: ${service}, categories: [${category}] }`;
			const moderator = await openModerator(configOf(writePolicies(`at-${service}`, { a: scorer }), env));
			t.after(() => moderator.close());
			await moderator.ready();
			const [verdict] = await moderator.moderate(["risk 0.85"]);
			const { risk, action, decision } = verdict!.policies[0]!;
			assert.ok(Math.abs(risk! - 0.85) < 1e-9);
			assert.deepEqual([action, decision.scorer], ["block", `remote:${service}`]);
			assert.equal(double.seen[0]!.path, subject.path);
		});
});
