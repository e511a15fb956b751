import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { enumName, fromProtoJson, protoEnum } from "../../../src/http/protocols/proto-json.ts";

describe("fromProtoJson", () => {
	it("takes names as in the .proto file, leaves other names and all values alone", () => {
		assert.deepEqual(
			fromProtoJson({
				requested_attributes: { SEVERE_TOXICITY: { score_threshold: 0.5 } },
				do_not_store: true,
				a: ["b_c"],
			}),
			{ requestedAttributes: { SEVERE_TOXICITY: { scoreThreshold: 0.5 } }, doNotStore: true, a: ["b_c"] },
		);
	});
	it("takes null for a field that is not set", () => {
		assert.deepEqual(fromProtoJson({ a: null, b: { c: null }, d: [null] }), { b: {}, d: [null] });
	});
	it("does not fall over deep values and does not pollute prototypes", () => {
		let deep: unknown = "x";
		for (let i = 0; i < 100_000; i++) deep = [deep];
		assert.doesNotThrow(() => fromProtoJson(deep));
		const read = fromProtoJson(JSON.parse('{"__proto__":{"polluted":1}}')) as { polluted?: number };
		assert.equal(read.polluted, undefined);
		assert.equal(({} as { polluted?: number }).polluted, undefined);
	});
});

describe("protoEnum", () => {
	const names = ["UNSPECIFIED", "ONE", "TWO"] as const;
	it("takes a name or its number, nothing else", () => {
		for (const good of ["ONE", 1, 0]) assert.ok(protoEnum(names).safeParse(good).success, String(good));
		for (const bad of ["THREE", 3, -1, 1.5, null, "1"])
			assert.ok(!protoEnum(names).safeParse(bad).success, String(bad));
		assert.deepEqual(
			[enumName(names, 2), enumName(names, "ONE"), enumName(names, undefined)],
			["TWO", "ONE", "UNSPECIFIED"],
		);
	});
});
