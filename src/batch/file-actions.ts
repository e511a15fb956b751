/** What a tenant does with files. */
import { SluiceError } from "../errors.ts";
import { createFileId, type FileRecord, type Store } from "../store/index.ts";
import type { Batches, Upload } from "./batches.ts";
import type { BatchLimits } from "./settings.ts";

/** The part of {@link Batches} about files. */
export function createFileActions(
	store: Store,
	limits: BatchLimits,
): Pick<Batches, "upload" | "file" | "files" | "content" | "deleteFile"> {
	const find = (tenant: string, id: string): FileRecord => {
		const file = store.files.get(tenant, id);
		if (file !== undefined) return file;
		throw new SluiceError("not_found", { detail: "there is no file with this id" });
	};
	return {
		upload: (tenant) => openUpload(store, limits, tenant),
		file: find,
		files: (tenant, page) => store.files.list(tenant, page),
		content: (tenant, id) => ({ file: find(tenant, id), path: store.contents.path(id) }),
		async deleteFile(tenant, id) {
			find(tenant, id);
			if (store.files.isInUse(id))
				throw new SluiceError("invalid_request", {
					detail: "a batch that is not over reads this file; cancel it or wait for its end",
				});
			store.transaction(() => {
				store.files.delete(tenant, id);
				store.audit.append({ atMs: Date.now(), tenant, actor: "api", action: "file.delete", target: id });
			});
			await store.contents.delete(id);
		},
	};
}

async function openUpload(store: Store, limits: BatchLimits, tenant: string): Promise<Upload> {
	const id = createFileId();
	const writer = await store.contents.create(id);
	let bytes = 0;
	return {
		async write(chunk) {
			bytes += chunk.byteLength;
			if (bytes > limits.maxFileBytes)
				throw new SluiceError("body_too_large", {
					detail: `the file is larger than the limit of ${limits.maxFileBytes} bytes; split it into several`,
				});
			await writer.write(chunk);
		},
		async commit({ filename, purpose, keepMs = limits.keepFilesMs }) {
			const size = await writer.commit();
			const createdMs = Date.now();
			const file = { id, tenant, purpose, filename, bytes: size, createdMs, expiresMs: createdMs + keepMs };
			store.transaction(() => {
				store.files.insert(file);
				store.audit.append({ atMs: createdMs, tenant, actor: "api", action: "file.create", target: id });
			});
			return file;
		},
		discard: () => writer.discard(),
	};
}
