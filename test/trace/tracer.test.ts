import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { after, before, beforeEach, describe, it } from "node:test";
import * as otel from "@opentelemetry/api";
import {
	BasicTracerProvider,
	InMemorySpanExporter,
	type ReadableSpan,
	SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { observeModerator } from "../../src/cli/observers.ts";
import { createQueuedModerator, startScoreWorker } from "../../src/dispatch/index.ts";
import { SluiceError } from "../../src/errors.ts";
import { createLog } from "../../src/log.ts";
import { openQueueBackend } from "../../src/queue/index.ts";
import { createTracer, loadTracer, type Tracer } from "../../src/trace/index.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { createHarness } from "../http/harness.ts";
import { startRedis } from "../queue/redis-server.ts";

/** What an SDK for Node brings: contexts that follow promises. */
function createContexts(): otel.ContextManager {
	const storage = new AsyncLocalStorage<otel.Context>();
	return {
		active: () => storage.getStore() ?? otel.ROOT_CONTEXT,
		with: (context, work, thisArg, ...args) => storage.run(context, () => work.apply(thisArg, args) as never),
		bind: (_, target) => target,
		enable() {
			return this;
		},
		disable() {
			return this;
		},
	};
}

const exporter = new InMemorySpanExporter();
const log = createLog({ level: "silent" });
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

const named = (name: string): ReadableSpan => {
	const found = exporter.getFinishedSpans().find((span) => span.name === name);
	assert.ok(found !== undefined, `no span ${name} among ${exporter.getFinishedSpans().map((span) => span.name)}`);
	return found;
};

describe("traces", () => {
	let tracer: Tracer;
	before(async () => {
		otel.context.setGlobalContextManager(createContexts());
		otel.trace.setGlobalTracerProvider(
			new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
		);
		tracer = createTracer(otel);
		assert.notEqual(await loadTracer(), undefined);
	});
	after(() => {
		otel.trace.disable();
		otel.context.disable();
	});
	beforeEach(() => exporter.reset());

	it("go on from the caller's traceparent, name the route's pattern, and hold no content", async () => {
		const moderator = observeModerator(createFakeModerator(), { tracer });
		const h = createHarness({ tracer, moderator });
		const traceparent = `00-${TRACE}-${PARENT}-01`;
		await h.post("/v1/classify", { input: "verysecretwords" }, { traceparent });
		const request = named("POST /v1/classify");
		assert.equal(request.spanContext().traceId, TRACE);
		assert.equal(request.parentSpanContext?.spanId, PARENT);
		assert.equal(request.attributes["http.response.status_code"], 200);
		assert.equal(named("moderate").parentSpanContext?.spanId, request.spanContext().spanId);
		const all = exporter.getFinishedSpans().map((span) => JSON.stringify([span.name, span.attributes, span.events]));
		assert.ok(!all.join("").includes("verysecretwords"));
	});
	it("begin anew where a traceparent is none, and never fail a request", async () => {
		const h = createHarness({ tracer });
		for (const traceparent of ["", "x", `01-${TRACE}-${PARENT}-01`, `00-${"0".repeat(32)}-${PARENT}-01`]) {
			exporter.reset();
			assert.equal((await h.post("/v1/classify", { input: "x" }, { traceparent })).status, 200);
			assert.notEqual(named("POST /v1/classify").spanContext().traceId, TRACE);
		}
	});
	it("mark what failed with its code alone", async () => {
		const before = (): never => {
			throw new SluiceError("inference_failed", { detail: "verysecretwords" });
		};
		const h = createHarness({ tracer, moderator: observeModerator(createFakeModerator({ before }), { tracer }) });
		await h.post("/v1/classify", { input: "x" });
		const span = named("moderate");
		assert.equal(span.status.code, otel.SpanStatusCode.ERROR);
		assert.equal(span.attributes["error.type"], "inference_failed");
		assert.ok(!JSON.stringify([span.status, span.attributes, span.events]).includes("verysecretwords"));
	});
	it("go from the gateway through the queue to the worker as one", { timeout: 30_000 }, async (t) => {
		const redis = await startRedis();
		if (redis === undefined) return t.skip("redis-server is not installed");
		const backend = await openQueueBackend({ redis: redis.url });
		const judge = createFakeModerator();
		const worker = startScoreWorker({ backend, moderator: judge, log, concurrency: 1, tracer });
		const queued = createQueuedModerator({ backend, policies: judge.policies, maxCharacters: 1000, log, tracer });
		try {
			await queued.ready();
			const h = createHarness({ tracer, moderator: observeModerator(queued, { tracer }) });
			const response = await h.post("/v1/classify", { input: "bad" });
			assert.equal(response.status, 200);
			const [request, moderate, job] = [named("POST /v1/classify"), named("moderate"), named("score job")];
			assert.equal(job.spanContext().traceId, request.spanContext().traceId);
			assert.equal(job.parentSpanContext?.spanId, moderate.spanContext().spanId);
			assert.equal(job.parentSpanContext?.isRemote, true);
			assert.equal(job.kind, otel.SpanKind.CONSUMER);
		} finally {
			await queued.close();
			await worker.close();
			await backend.close();
			await redis.stop();
		}
	});
});

describe("without an SDK", () => {
	it("nothing is traced and nothing is sent along", async () => {
		const tracer = createTracer(otel);
		assert.equal(tracer.traceparent(), undefined);
		assert.equal(await tracer.span("x", { kind: "internal" }, async () => tracer.traceparent() ?? "none"), "none");
	});
	it("no span is made, and from the moment that one is registered on all are", async () => {
		const tracer = createTracer(otel);
		const h = createHarness({ tracer, moderator: observeModerator(createFakeModerator(), { tracer }) });
		exporter.reset();
		assert.equal(tracer.isOn(), false);
		assert.equal((await h.post("/v1/classify", { input: "x" })).status, 200);
		assert.deepEqual(exporter.getFinishedSpans(), []);
		otel.trace.setGlobalTracerProvider(
			new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
		);
		try {
			assert.equal(tracer.isOn(), true);
			await h.post("/v1/classify", { input: "x" });
			named("POST /v1/classify");
			named("moderate");
		} finally {
			otel.trace.disable();
		}
	});
});
