import assert from "node:assert/strict";
import { mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { streamFile } from "../../src/http/stream-file.ts";

/** How often this process has a file open; undefined where the system does not say. */
async function countOpen(path: string): Promise<number | undefined> {
	const folder = "/proc/self/fd";
	const names = await readdir(folder).catch(() => undefined);
	const targets = await Promise.all(names?.map((name) => readlink(join(folder, name)).catch(() => "")) ?? []);
	return names && targets.filter((target) => target === path).length;
}

it("a file is streamed whole, opened only when it is read, and closed when its reader leaves", async (t) => {
	const dir = await mkdtemp(join(tmpdir(), "sluice-stream-"));
	try {
		const path = join(dir, "file");
		const content = Buffer.alloc(300_000, "abc");
		await writeFile(path, content);
		assert.deepEqual(Buffer.from(await new Response(streamFile(path)).arrayBuffer()), content);
		const left = streamFile(path);
		if ((await countOpen(path)) === undefined) return t.skip("no /proc here");
		assert.equal(await countOpen(path), 0);
		const reader = left.getReader();
		await reader.read();
		assert.equal(await countOpen(path), 1);
		await reader.cancel();
		assert.equal(await countOpen(path), 0);
		await assert.rejects(new Response(streamFile(join(dir, "none"))).arrayBuffer());
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
});
