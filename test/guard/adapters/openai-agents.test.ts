import assert from "node:assert/strict";
import { test } from "node:test";
import {
	Agent,
	type InputGuardrail,
	type Model,
	type OutputGuardrail,
	Runner,
	setTracingDisabled,
	Usage,
} from "@openai/agents-core";
import { createInputGuardrail, createOutputGuardrail } from "../../../src/guard/adapters/index.ts";
import { testGuardAdapter } from "../../conformance/guard-adapter.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "../scripted-scorer.ts";
import { toSource } from "../streams.ts";

setTracingDisabled(true);

function toModel(source: AsyncIterable<string>): Model {
	return {
		async getResponse() {
			let text = "";
			for await (const delta of source) text += delta;
			const content = [{ type: "output_text" as const, text }];
			return { usage: new Usage(), output: [{ type: "message", role: "assistant", status: "completed", content }] };
		},
		getStreamedResponse() {
			throw new Error("not scripted");
		},
	};
}

const isTripwire = (error: unknown): boolean => /TripwireTriggered/.test((error as Error).constructor.name);

testGuardAdapter({
	name: "OpenAI Agents, output guardrail",
	isWhole: true,
	isAllOrNothing: true,
	scripts: 60,
	async *read(source, options) {
		const outputGuardrails: OutputGuardrail[] = [createOutputGuardrail(options)];
		const agent = new Agent({ name: "a", model: toModel(source), outputGuardrails });
		try {
			yield (await new Runner().run(agent, "hello")).finalOutput ?? "";
		} catch (error) {
			if (!isTripwire(error)) throw error;
		}
	},
});

test("an input that blocks stops the run before the model is called", async () => {
	const source = toSource(["calm"]);
	const options = { scorer: createScriptedScorer(riskOfWords), policies: [toPolicy("p")] };
	const inputGuardrails: InputGuardrail[] = [createInputGuardrail(options)];
	const agent = new Agent({ name: "a", model: toModel(source), inputGuardrails });
	await assert.rejects(new Runner().run(agent, "so bad words"), isTripwire);
	await assert.rejects(
		new Runner().run(agent, [{ role: "user", content: [{ type: "input_text", text: "bad" }] }]),
		isTripwire,
	);
	assert.equal(source.given, 0);
	assert.equal((await new Runner().run(agent, "hello")).finalOutput, "calm");
});

test("what tools gave is judged, and the report is told", async () => {
	const { execute } = createInputGuardrail({ scorer: createScriptedScorer(riskOfWords), policies: [toPolicy("p")] });
	const output = { type: "text", text: "bad words" };
	const { tripwireTriggered, outputInfo } = await execute({
		input: [{ type: "function_call_result", callId: "1", name: "f", output }],
	});
	assert.deepEqual([tripwireTriggered, outputInfo?.blocked?.policy], [true, "p"]);
	const said = { role: "assistant", content: [{ type: "output_text", text: "bad words" }] };
	assert.deepEqual(await execute({ input: [said] }), { tripwireTriggered: false, outputInfo: null });
});
