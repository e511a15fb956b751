/**
 * Guardrails for the OpenAI Agents SDK (`inputGuardrails`, `outputGuardrails` of an agent). Its types are the parts of the SDK's
 * that it touches. The SDK asks an output guardrail when the output is complete: streams need a guarded `fetch` as well.
 */
import type { GuardReport } from "../events.ts";
import type { AdapterOptions } from "../parts/adapter-options.ts";
import { isJsonObject, stringsOf } from "../parts/json.ts";
import { findBlocked, judgeText } from "../parts/judge-texts.ts";

/** What a guardrail says; the SDK stops the run where the tripwire is triggered. */
export interface GuardrailOutput {
	tripwireTriggered: boolean;
	/** The guard's report; null where nothing was judged. */
	outputInfo: GuardReport | null;
}

/** Assignable to the SDK's `InputGuardrail`. */
export interface AgentInputGuardrail {
	name: string;
	runInParallel: boolean;
	execute(args: { input: string | readonly unknown[] }): Promise<GuardrailOutput>;
}

/** Assignable to the SDK's `OutputGuardrail`. */
export interface AgentOutputGuardrail {
	name: string;
	execute(args: { agentOutput: unknown }): Promise<GuardrailOutput>;
}

/** Judges what users and tools said. By default the agent waits for it; in parallel its tools may run meanwhile. */
export function createInputGuardrail({
	runInParallel = false,
	...options
}: AdapterOptions & { readonly runInParallel?: boolean | undefined }): AgentInputGuardrail {
	return {
		name: "sluice-input",
		runInParallel,
		async execute({ input }) {
			const texts = typeof input === "string" ? [input] : input.map(textOf);
			const report = (await findBlocked(options, texts)) ?? null;
			return { tripwireTriggered: report !== null, outputInfo: report };
		},
	};
}

/** Judges the agent's final output. Words cannot be left out of it: `redact` triggers the tripwire. */
export function createOutputGuardrail(options: AdapterOptions): AgentOutputGuardrail {
	return {
		name: "sluice-output",
		async execute({ agentOutput }) {
			const text = stringsOf(agentOutput);
			if (text === "") return { tripwireTriggered: false, outputInfo: null };
			const { report } = await judgeText(options, { surface: "output", text, isExact: true });
			return { tripwireTriggered: report.action === "block", outputInfo: report };
		},
	};
}

/** What a user or a tool says in an item. */
function textOf(item: unknown): string {
	if (!isJsonObject(item)) return stringsOf(item);
	if (item.type === "function_call_result") return outputOf(item.output);
	if (item.role !== "user") return "";
	return Array.isArray(item.content) ? item.content.map(outputOf).join("\n") : stringsOf(item.content);
}

function outputOf(value: unknown): string {
	return isJsonObject(value) && typeof value.text === "string" ? value.text : stringsOf(value);
}
