/** The tiny ShieldGemma of the fixtures, opened once per test file, and a view of it that counts what is read. */
import type { Model } from "../../../src/engine/index.ts";
import { openModel, type Session } from "../../../src/engine/index.ts";
import type { CallOptions } from "../../../src/types.ts";
import { createModelDirectory } from "../../engine/model-directory.ts";

/** The opened model; `close` removes its directory. */
export async function openFixture(): Promise<{ model: Model; close(): Promise<void> }> {
	const directory = createModelDirectory("shieldgemma");
	const model = await openModel(directory.source, { cacheDir: directory.cacheDir });
	return {
		model,
		async close() {
			await model.close();
			directory.remove();
		},
	};
}

/** Ids read, by kind of call. */
export interface Reads {
	whole: number[];
	shared: number[];
	own: number[];
	/** Options of every call that reads. */
	calls: CallOptions[];
}

/** The model, noting what it reads; other properties may be replaced. */
export function watchModel(model: Model, replaced: Partial<Model> = {}): { model: Model; reads: Reads } {
	const reads: Reads = { whole: [], shared: [], own: [], calls: [] };
	const watch = (session: Session): Session => ({
		...session,
		get length() {
			return session.length;
		},
		fork: async (options) => watch(await session.fork(options)),
		append(ids, options = {}) {
			reads.shared.push(ids.length);
			reads.calls.push(options);
			return session.append(ids, options);
		},
		score(ids, tokens, options = {}) {
			reads.own.push(ids.length);
			reads.calls.push(options);
			return session.score(ids, tokens, options);
		},
	});
	const watched: Model = {
		...model,
		score(ids, tokens, options = {}) {
			reads.whole.push(ids.length);
			reads.calls.push(options);
			return model.score(ids, tokens, options);
		},
		session: async (options) => watch(await model.session(options)),
		close: async () => {},
		...replaced,
	};
	return { model: watched, reads };
}
