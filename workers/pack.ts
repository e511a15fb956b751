/** The process that packs the weights of one model and ends; it ends too when the one that started it does. */
import { type PackingOrder, packWeights } from "../src/engine/packed-weights.ts";
import type { PackingReport } from "../src/engine/packing-process.ts";

const end = (report: PackingReport): void => {
	process.send?.(report, () => process.exit());
};

process.once("disconnect", () => process.exit());
process.once("message", (order) => {
	packWeights(order as PackingOrder).then(
		() => end({}),
		(error: unknown) => end({ failed: error instanceof Error ? error.message : String(error) }),
	);
});
