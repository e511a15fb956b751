/** What a tenant does with batches. */
import { SluiceError } from "../errors.ts";
import { type BatchRecord, createBatchId, type Store } from "../store/index.ts";
import type { Batches } from "./batches.ts";
import type { Lifecycle } from "./lifecycle.ts";

/** Purpose of files that batches read. */
const PURPOSE = "batch";

/** The part of {@link Batches} about batches. */
export function createBatchActions(
	store: Store,
	lifecycle: Lifecycle,
): Pick<Batches, "create" | "batch" | "batches" | "cancel"> {
	const find = (tenant: string, id: string): BatchRecord => {
		const batch = store.batches.get(tenant, id);
		if (batch !== undefined) return batch;
		throw new SluiceError("not_found", { detail: "there is no batch with this id" });
	};
	const audit = (tenant: string, action: string, target: string): void =>
		store.audit.append({ atMs: Date.now(), tenant, actor: "api", action, target });
	return {
		batch: find,
		batches: (tenant, page) => store.batches.list(tenant, page),
		create(tenant, wish) {
			const input = store.files.get(tenant, wish.inputFile);
			if (input?.purpose !== PURPOSE)
				throw new SluiceError("invalid_request", {
					detail: `/input_file_id: must be the id of a file with the purpose ${PURPOSE}`,
					pointer: "/input_file_id",
				});
			const createdMs = Date.now();
			const { windowMs, keepOutputMs: outputExpiresMs = null, grant = null, id = createBatchId(), ...rest } = wish;
			const batch = store.transaction(() => {
				audit(tenant, "batch.create", id);
				const expiresMs = createdMs + windowMs;
				return store.batches.insert({ ...rest, id, tenant, grant, outputExpiresMs, createdMs, expiresMs });
			});
			lifecycle.start(batch);
			return batch;
		},
		cancel(tenant, id) {
			const batch = find(tenant, id);
			if (batch.status === "cancelling") return batch;
			if (batch.status !== "validating" && batch.status !== "in_progress")
				throw new SluiceError("invalid_request", { detail: `a batch that is ${batch.status} cannot be cancelled` });
			store.transaction(() => {
				audit(tenant, "batch.cancel", id);
				store.batches.update(batch.seq, { status: "cancelling", outcome: "cancelled", cancellingMs: Date.now() });
			});
			lifecycle.interrupt(id);
			return find(tenant, id);
		},
	};
}
