import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createEdgeBatchId, readEdgeBatchId } from "../../src/edge/batch-id.ts";
import { LinesRequestSchema } from "../../src/http/protocols/edge.ts";
import { SECRET } from "./fake-parts.ts";

const NOW = 1_800_000_000_123;

describe("ids of batches that an edge takes", () => {
	const id = createEdgeBatchId(SECRET, "acme", NOW);

	it("have the form that the origin takes, and are never the same", () => {
		assert.equal(LinesRequestSchema.safeParse({ batch: id, at: 0, lines: ["{}"] }).success, true);
		const ids = Array.from({ length: 1000 }, () => createEdgeBatchId(SECRET, "acme", NOW));
		assert.equal(new Set(ids).size, 1000);
	});

	it("tell their tenant when they were given, to the second", () => {
		assert.equal(readEdgeBatchId(SECRET, "acme", id), 1_800_000_000_000);
	});

	it("are none for another tenant, with another secret, or with any character changed", () => {
		assert.equal(readEdgeBatchId(SECRET, "other", id), undefined);
		assert.equal(readEdgeBatchId(SECRET, "acm", id), undefined);
		assert.equal(readEdgeBatchId(`${SECRET}!`, "acme", id), undefined);
		for (let i = 0; i < id.length; i++) {
			const changed = id.slice(0, i) + (id[i] === "0" ? "1" : "0") + id.slice(i + 1);
			assert.equal(readEdgeBatchId(SECRET, "acme", changed), undefined, String(i));
		}
		for (const other of ["", "batch_", id.slice(0, -1), `${id}0`, id.toUpperCase(), `batch_${"0".repeat(48)}`])
			assert.equal(readEdgeBatchId(SECRET, "acme", other), undefined, other);
	});
});
