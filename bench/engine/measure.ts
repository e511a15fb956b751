/** Takes samples from running sides: long enough to see who else used the CPU, each with the values it comes from. */
import { median } from "../load.ts";
import { CLEAN_CPU, watchCpu } from "./cpu-watch.ts";
import type { Side } from "./side-process.ts";

/** What is measured: a prefill of `tokens`, or decoding after `tokens`. */
export interface Measure {
	readonly kind: "prefill" | "decode";
	readonly tokens: number;
}

/** One side's sample in one round; `ms` is the median of `raw`: per prefill, or per token decoded. */
export interface Sample extends Measure {
	readonly round: number;
	readonly side: string;
	readonly ms: number;
	readonly raw: readonly number[];
	readonly otherCpu: number;
	readonly clean: boolean;
}

/** How long a sample lasts at least, so that ticks of 10 ms tell who worked. */
const SAMPLE_MS = 800;

/** A sample that is not clean is taken again, this often at most; the cleanest one stands, however fast it was. */
const TRIES = 4;

/** What one sample says. */
export type Sampled = Pick<Sample, "ms" | "raw" | "otherCpu" | "clean">;

/** Prefills again and again until the sample is long enough, or decodes `steps` tokens, reading the prompt apart. */
export async function takeSample(
	side: Side,
	kind: Measure["kind"],
	{ ids, steps }: { ids: readonly number[]; steps: number },
): Promise<Sampled> {
	const work = async (): Promise<readonly number[]> => {
		if (kind === "decode") return (await side.ask("decode", { ids, steps })).ms;
		const times: number[] = [];
		const until = performance.now() + SAMPLE_MS;
		do times.push((await side.ask("prefill", { ids })).ms);
		while (performance.now() < until);
		return times;
	};
	let best: Sampled | undefined;
	for (let i = 0; i < TRIES && !best?.clean; i++) {
		const { result: raw, otherCpu } = await watchCpu(side.pid, work);
		if (best !== undefined && best.otherCpu <= otherCpu) continue;
		best = { ms: median(raw), raw, otherCpu, clean: otherCpu < CLEAN_CPU };
	}
	return best!;
}
