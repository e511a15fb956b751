/** Requests: how many, how they ended, how long they took, by the pattern of their route. */
import { Gauge, type Registry } from "prom-client";
import { toMethodLabel, toStatusLabel } from "./bounded.ts";
import { type CounterSeries, createCounters, createHistograms, type HistogramSeries } from "./series.ts";

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
	const durations = createHistograms({
		name: "sluice_http_request_duration_seconds",
		help: "Time from a request's head to its answer's, by route and method",
		bounds: SECONDS,
		registry,
	});
	const requests = createCounters({
		name: "sluice_http_requests_total",
		help: "Answered requests by route, method and status",
		labelNames: ["route", "method", "status"],
		registry,
	});
	let underWay = 0;
	new Gauge({
		name: "sluice_http_requests_in_flight",
		help: "Requests whose answer has not begun",
		registers: [registry],
		collect() {
			this.set(underWay);
		},
	});
	const inputs = createCounters({
		name: "sluice_inputs_total",
		help: "Texts that requests were about",
		registry,
	}).of({});
	const characters = createCounters({
		name: "sluice_input_characters_total",
		help: "Characters of these texts, in UTF-16 code units",
		registry,
	}).of({});
	const seriesOf = createFinder((route, method, status) => ({
		duration: durations.of({ route, method }),
		count: requests.of({ route, method, status }),
	}));
	return {
		begin: () => void underWay++,
		end(request) {
			underWay--;
			const { duration, count } = seriesOf(request.route, toMethodLabel(request.method), toStatusLabel(request.status));
			duration.observe(request.ms / 1000);
			count.more++;
			if (request.inputs !== undefined) inputs.more += request.inputs;
			if (request.characters !== undefined) characters.more += request.characters;
		},
	};
}

/** What requests of one kind are counted by. */
interface RequestSeries {
	readonly duration: HistogramSeries;
	readonly count: CounterSeries;
}

/** Finds series by labels of which there are few: no text is made of them. */
function createFinder(
	make: (route: string, method: string, status: string) => RequestSeries,
): (route: string, method: string, status: string) => RequestSeries {
	const byRoute = new Map<string, Map<string, Map<string, RequestSeries>>>();
	return (route, method, status) => {
		const known = byRoute.get(route)?.get(method)?.get(status);
		if (known !== undefined) return known;
		const byMethod = byRoute.get(route) ?? new Map<string, Map<string, RequestSeries>>();
		byRoute.set(route, byMethod);
		const byStatus = byMethod.get(method) ?? new Map<string, RequestSeries>();
		byMethod.set(method, byStatus);
		const made = make(route, method, status);
		byStatus.set(status, made);
		return made;
	};
}
