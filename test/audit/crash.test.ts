/** A process that is killed while it writes. */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { it } from "node:test";
import { verifyAuditLog } from "../../src/audit/index.ts";
import { inPlace, writeNotes } from "./place.ts";

it("a log whose process was killed has all that was said to be on disk, and goes on", () =>
	inPlace(async (place) => {
		for (let kill = 0; kill < 3; kill++) {
			const child = fork(join(import.meta.dirname, "writing-process.ts"), [place.dir], { stdio: "ignore" });
			let promised = 0;
			while (promised < 500) [promised] = (await once(child, "message")) as [number];
			child.on("message", (n) => {
				promised = n as number;
			});
			child.kill("SIGKILL");
			await once(child, "exit");
			await writeNotes(place, 1);
			const { problems } = await verifyAuditLog(place.dir);
			assert.deepEqual(problems, []);
			const notes = (await place.read()).filter(({ kind }) => kind === "note");
			const mine = notes.slice(notes.findLastIndex(({ n }, i) => n === 1 && i < notes.length - 1));
			assert.ok(mine.length - 1 >= promised, `${mine.length - 1} of ${promised}`);
		}
	}));
