import assert from "node:assert/strict";
import { it } from "node:test";
import { checkAnswers } from "../../../bench/fuzz/check-answers.ts";
import { createHostileRequests } from "../../../bench/fuzz/hostile-requests.ts";
import { ROUTES } from "../../../src/http/routes/index.ts";
import { openHostileService } from "./service.ts";

const CASES = 20_000;
const SHAPES = ROUTES.map(({ config }) => ({ method: config.method, path: config.path }));

it(`${CASES} hostile requests over every route: never an unexpected status, a hang, a broken answer or a word of content in the log`, async (t) => {
	const service = await openHostileService();
	try {
		const tally = await checkAnswers(service.app, createHostileRequests(7, SHAPES), { count: CASES });
		t.diagnostic(
			`${tally.sent} sent, by status ${JSON.stringify(tally.statuses)}, slowest ${tally.slowest.toFixed(0)} ms`,
		);
		assert.ok((tally.statuses[200] ?? 0) > CASES / 50, "some get through to the code behind");
		assert.ok((tally.statuses[400] ?? 0) > CASES / 10);
		const log = service.lines.join("\n");
		for (const secret of ["bad words", "a question", "Be kind", "etc/passwd", "DROP TABLE", "xxxxxxxxxx"])
			assert.ok(!log.includes(secret), `the log has "${secret}"`);
	} finally {
		await service.close();
	}
});

it("the same seed gives the same requests", () => {
	const [first, second] = [createHostileRequests(3, SHAPES), createHostileRequests(3, SHAPES)];
	for (let i = 0; i < 500; i++) assert.deepEqual(first(), second());
});
