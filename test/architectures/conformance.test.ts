import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ARCHITECTURES } from "../../src/architectures/index.ts";
import { testArchitecture } from "../conformance/architecture.ts";
import { SUBJECTS } from "./subjects.ts";

test("every architecture has a file of its name", () => {
	const files = readdirSync(join(import.meta.dirname, "../../src/architectures"));
	for (const modelType of ARCHITECTURES.keys()) assert.ok(files.includes(`${modelType}.ts`), modelType);
});

for (const subject of Object.values(SUBJECTS).flat()) testArchitecture(subject);
