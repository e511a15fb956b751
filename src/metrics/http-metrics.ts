/** Requests: how many, how they ended, how long they took, by the pattern of their route. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { toMethodLabel, toStatusLabel } from "./bounded.ts";

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** How a request ended. */
export interface AnsweredRequest {
	/** The pattern, of the list of routes; never a path. */
	readonly route: string;
	readonly method: string;
	readonly status: number;
	/** Until the answer's head was there. */
	readonly ms: number;
	/** Texts that it was about. */
	readonly inputs: number | undefined;
	readonly characters: number | undefined;
}

/** Counts requests. */
export interface HttpMetrics {
	begin(): void;
	end(request: AnsweredRequest): void;
}

/** Registers what requests are counted by. */
export function createHttpMetrics(registry: Registry): HttpMetrics {
	const registers = [registry];
	const duration = new Histogram({
		name: "sluice_http_request_duration_seconds",
		help: "Time from a request's head to its answer's, by route and method",
		labelNames: ["route", "method"] as const,
		buckets: SECONDS,
		registers,
	});
	const requests = new Counter({
		name: "sluice_http_requests_total",
		help: "Answered requests by route, method and status",
		labelNames: ["route", "method", "status"] as const,
		registers,
	});
	const inFlight = new Gauge({
		name: "sluice_http_requests_in_flight",
		help: "Requests whose answer has not begun",
		registers,
	});
	const inputs = new Counter({ name: "sluice_inputs_total", help: "Texts that requests were about", registers });
	const characters = new Counter({
		name: "sluice_input_characters_total",
		help: "Characters of these texts, in UTF-16 code units",
		registers,
	});
	return {
		begin: () => inFlight.inc(),
		end(request) {
			inFlight.dec();
			const { route } = request;
			const method = toMethodLabel(request.method);
			duration.observe({ route, method }, request.ms / 1000);
			requests.inc({ route, method, status: toStatusLabel(request.status) });
			if (request.inputs !== undefined) inputs.inc(request.inputs);
			if (request.characters !== undefined) characters.inc(request.characters);
		},
	};
}
