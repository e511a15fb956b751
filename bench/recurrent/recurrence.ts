/**
 * Times the forms of the recurrence beside each other, each checked against the loop before. A run's time is that of the
 * graph alone: the last state is fetched, so the states are computed but not copied out.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type InferenceSession, openGraph, Tensor } from "../../src/engine/onnxruntime.ts";
import { toModelFile } from "../../src/onnx/index.ts";
import { buildForm, FORMS, loop, type Operands, toOperands } from "./forms.ts";
import { type Subject, timed } from "./rounds.ts";

/** The name under which the loop is timed; it runs on one thread. */
const LOOP = "loop in JavaScript";

/** The largest difference of any state from the loop's. */
export interface FormError {
	readonly form: string;
	readonly steps: number;
	readonly error: number;
}

/** Forms that are open. */
export interface OpenForms {
	readonly subjects: readonly Subject[];
	/** One per form, number of steps and of threads. */
	readonly errors: readonly FormError[];
	close(): Promise<void>;
}

/** Opens every form for every number of steps and of threads. */
export async function openForms(of: {
	readonly steps: readonly number[];
	readonly threads: readonly number[];
	readonly width: number;
}): Promise<OpenForms> {
	const dir = await mkdtemp(join(tmpdir(), "sluice-bench-"));
	const sessions: InferenceSession[] = [];
	const subjects: Subject[] = [];
	const errors: FormError[] = [];
	for (const steps of of.steps) {
		const operands = toOperands({ time: steps, width: of.width });
		const feeds = toFeeds(operands, { steps, width: of.width });
		const expected = loop(operands);
		for (const [i, form] of Object.keys(FORMS).entries()) {
			const path = join(dir, `${i}-${steps}.onnx`);
			await writeFile(path, toModelFile(buildForm(form, { time: steps, width: of.width }), new Map()));
			for (const threads of of.threads) {
				const session = await openGraph(path, { cores: threads, keepsMemory: true });
				sessions.push(session);
				const { states } = await session.run(feeds, ["states"]);
				errors.push({ form, steps, error: largestDifference(states!.data as Float32Array, expected) });
				subjects.push({ labels: { form, threads, steps }, work: timed(() => session.run(feeds, ["last"])) });
			}
		}
		subjects.push({ labels: { form: LOOP, threads: 1, steps }, work: timed(() => loop(operands)) });
	}
	await rm(dir, { recursive: true });
	return {
		subjects,
		errors,
		close: async () => {
			for (const session of sessions) await session.release();
		},
	};
}

function toFeeds(
	{ logA, b, state }: Operands,
	{ steps, width }: { steps: number; width: number },
): Record<string, Tensor> {
	const sequence = (data: Float32Array): Tensor => new Tensor("float32", data, [1, steps, width]);
	return {
		logA: sequence(logA),
		b: sequence(b),
		ones: sequence(new Float32Array(b.length).fill(1)),
		state: new Tensor("float32", state, [1, width]),
	};
}

/** NaN where either has one. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
	let most = a.length === b.length ? 0 : Number.NaN;
	for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
	return most;
}
