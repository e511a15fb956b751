/**
 * A chat on the command line whose answers are guarded word by word. The model is any function from a question to an async
 * iterable of text; here it says its question back.
 * node examples/chat.ts
 */
import { createInterface } from "node:readline/promises";
import { type GuardReport, guardIterable, type TextSource } from "../src/guard/index.ts";
import { openExampleClassifier } from "./classifier.ts";

export type ChatModel = (question: string) => TextSource;
export type ChatOptions = Parameters<typeof guardIterable>[1];

/** Answers one question; `write` gets only text that was judged. */
export async function answer(
	question: string,
	{ model, write, ...options }: ChatOptions & { model: ChatModel; write: (text: string) => void },
): Promise<GuardReport | undefined> {
	let report: GuardReport | undefined;
	const onReport = (told: GuardReport): void => {
		report = told;
	};
	const settings = { ...options, refusal: " [stopped]", onReport };
	for await (const text of guardIterable(model(question), settings)) write(text);
	return report;
}

/** Stands for a model. */
async function* echo(question: string): AsyncGenerator<string> {
	for (const word of `You said: ${question}`.split(/(?<= )/)) yield word;
}

if (import.meta.main) {
	const classifier = await openExampleClassifier();
	const terminal = createInterface({ input: process.stdin, output: process.stdout });
	terminal.setPrompt("> ");
	terminal.prompt();
	for await (const question of terminal) {
		const write = (text: string): void => void process.stdout.write(text);
		const report = await answer(question, { ...classifier, model: echo, write });
		process.stdout.write(`\n(${report?.action}, ${report?.blocked?.policy ?? "no policy"})\n`);
		terminal.prompt();
	}
	await classifier.close();
}
