/** Builds an app over the fake moderator and asks it without a socket. */
import type { DecisionTrail } from "../../src/audit/index.ts";
import type { Batches } from "../../src/batch/index.ts";
import type { ChatService } from "../../src/chat/index.ts";
import type { Access } from "../../src/http/access.ts";
import { createApp, type HttpLimits } from "../../src/http/app.ts";
import { createLog } from "../../src/log.ts";
import type { Metrics } from "../../src/metrics/index.ts";
import type { Moderator } from "../../src/moderator.ts";
import type { LivePolicies } from "../../src/policies/index.ts";
import type { Tracer } from "../../src/trace/index.ts";
import { createFakeModerator, type FakeModeratorOptions } from "../fake-moderator.ts";

/** An app, its log lines, and a way to post JSON. */
export interface Harness {
	readonly app: ReturnType<typeof createApp>;
	readonly lines: string[];
	post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** What the app gets beside a fake moderator. */
export interface HarnessOptions {
	limits?: Partial<HttpLimits>;
	batches?: Batches;
	recordsUrl?: string;
	chat?: ChatService;
	livePolicies?: LivePolicies;
	allowsPolicyWrites?: boolean;
	metrics?: Metrics;
	tracer?: Tracer;
	trail?: DecisionTrail;
	access?: Access;
	/** In place of the fake one. */
	moderator?: Moderator;
}

/** `body` given as string, bytes or stream is sent as it is. */
export function createHarness(options: FakeModeratorOptions & HarnessOptions = {}): Harness {
	const lines: string[] = [];
	const app = createApp({
		moderator: options.moderator ?? createFakeModerator(options),
		limits: { maxBodyBytes: 65_536, maxInputs: 8, deadlineMs: 5000, ...options.limits },
		batches: options.batches,
		recordsUrl: options.recordsUrl,
		chat: options.chat,
		policies: options.livePolicies,
		allowsPolicyWrites: options.allowsPolicyWrites ?? true,
		metrics: options.metrics,
		showsMetrics: options.metrics !== undefined,
		tracer: options.tracer,
		trail: options.trail,
		access: options.access,
		log: createLog({ level: "debug", write: (line) => lines.push(line) }),
	});
	return {
		app,
		lines,
		post: async (path, body, headers = {}) =>
			app.request(path, {
				method: "POST",
				headers: { "content-type": "application/json", ...headers },
				body: toBody(body),
				duplex: "half",
			} as RequestInit),
	};
}

function toBody(body: unknown): BodyInit {
	if (typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream) return body as BodyInit;
	return JSON.stringify(body);
}
