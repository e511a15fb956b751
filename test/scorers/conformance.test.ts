/** The members of the scorer seam, each through the same suite. */
import { after } from "node:test";
import { type Model, openModel } from "../../src/engine/index.ts";
import {
	createCascadeScorer,
	createHeadScorer,
	createScorerSet,
	createYesNoScorer,
	type Scorer,
} from "../../src/scorers/index.ts";
import type { CascadeSpec, Content, LeafSpec, Policy } from "../../src/types.ts";
import { type ScorerSubject, testScorer } from "../conformance/scorer.ts";
import { createModelDirectory } from "../engine/model-directory.ts";
import { fakePolicy } from "../fake-moderator.ts";
import { createFakeScorer } from "./fake-scorer.ts";
import { remotePolicy, SUBJECTS, setUp } from "./remote/subjects.ts";
import { createWordTokenizer } from "./yes-no/word-tokenizer.ts";
import { somePolicies } from "./yes-no/yes-no-policy.ts";

const griffin = createModelDirectory("griffin", { hiddenSize: 64 });
const shieldgemma = createModelDirectory("shieldgemma");
after(() => {
	griffin.remove();
	shieldgemma.remove();
});
/** A model of its own: the suite asks what a closed scorer says. */
const open = ({ source, cacheDir }: typeof griffin): Promise<Model> => openModel(source, { cacheDir });
const tokenizer = createWordTokenizer();

const TEXTS: readonly Content[] = [
	"How do I bake sourdough bread?",
	"You are wrong, and everybody knows it.",
	{ prompt: "Tell me something", response: `${"no ".repeat(30)}nothing at all` },
	{ prompt: "", response: "a text without a conversation" },
];
const NUMBERS: readonly Content[] = [
	"risk 0.1",
	"risk 0.55",
	{ prompt: "risk 0.9", response: "risk 0.31" },
	"risk 0.8",
];

const policyOf = (id: string, scorer: Policy["scorer"]): Policy => ({ ...fakePolicy(id), scorer });
const head = (id: string): Policy => policyOf(id, { kind: "head", head: id });
const guard: LeafSpec = { kind: "remote", service: "guard", categories: ["S1"], onFailure: "fail" };
const [asking, askingToo] = somePolicies(2, { temperature: 8 }) as [Policy, Policy];
const cascade = (id: string, over: Partial<CascadeSpec> = {}): Policy =>
	policyOf(id, {
		kind: "cascade",
		first: { kind: "head", head: "any" },
		second: asking.scorer as LeafSpec,
		band: { from: 0.3, to: 0.7 },
		exhausted: "block",
		...over,
	});
const fakes = (): Scorer =>
	createScorerSet({
		head: createFakeScorer(),
		"yes-no:online": createFakeScorer({ kind: "yes-no", risk: (text) => (text.includes("0.31") ? undefined : 0.6) }),
	});

const MEMBERS: readonly ScorerSubject[] = [
	{
		name: "head",
		open: async () => {
			const calibration = { alpha: { scale: 1, offset: 0 }, beta: { scale: 2, offset: -1 } };
			const heads = { labels: ["alpha", "beta"], score_clip: 10, calibration };
			return createHeadScorer({ model: await open(griffin), tokenizer, heads });
		},
		policies: [head("alpha"), head("beta")],
		contents: TEXTS,
		foreign: policyOf("odd", guard),
		tolerance: 1e-4,
	},
	{
		name: "yes-no",
		open: async () => createYesNoScorer({ model: await open(shieldgemma), tokenizer }),
		policies: [asking, askingToo],
		contents: TEXTS,
		foreign: head("odd"),
		tolerance: 2e-4,
	},
	...SUBJECTS.map((subject): ScorerSubject => {
		const policies = [remotePolicy(subject), remotePolicy(subject, { onFailure: "flag" })];
		const name = `remote, ${subject.name}`;
		return {
			name,
			open: async (t) => (await setUp(t, subject)).scorer,
			policies,
			contents: NUMBERS,
			foreign: head("odd"),
			tolerance: 1e-9,
		};
	}),
	{
		name: "set",
		open: async () => fakes(),
		policies: [head("alpha"), asking, head("beta")],
		contents: NUMBERS,
		foreign: cascade("odd"),
	},
	{
		name: "cascade",
		open: async () => createCascadeScorer(fakes()),
		policies: [cascade("alpha"), head("beta"), cascade("gamma", { band: { from: 0, to: 1 } }), asking],
		contents: NUMBERS,
		foreign: cascade("odd", { second: guard }),
	},
];
for (const member of MEMBERS) testScorer(member);
