/** A worker among the others: says that it is there, hears gateways, and learns which pieces are taken back. */
import type { QueueBackend } from "../queue/index.ts";
import {
	GATEWAYS_CHANNEL,
	type GatewayNotice,
	parseGatewayNotice,
	SKIP_CHANNEL,
	WORKERS_CHANNEL,
	type WorkerNotice,
} from "./messages.ts";

/** How often a worker says that it is there, ms. */
const NOTICE_EVERY_MS = 1000;
const REFRESH_AFTER_MS = 200;

/** A worker as others see it. */
export interface WorkerPresence {
	/** Says from now on, regularly and when a gateway asks, that the worker takes jobs. */
	begin(): void;
	/** Says it again, unless it was said just now: its rate may be another one. */
	refresh(): void;
	/** Says from now on that it takes no more. */
	leave(): Promise<void>;
	close(): Promise<void>;
}

/** What a worker says and hears. */
export interface WorkerPresenceParts {
	readonly backend: QueueBackend;
	notice(): WorkerNotice;
	hearSkip(message: string): void;
	readonly onGateway?: ((notice: GatewayNotice) => void) | undefined;
}

/** Listens; says nothing before `begin`. */
export async function openWorkerPresence(of: WorkerPresenceParts): Promise<WorkerPresence> {
	const { backend } = of;
	let leaving: true | undefined;
	let timer: NodeJS.Timeout | undefined;
	let saidMs = Number.NEGATIVE_INFINITY;
	const say = async (): Promise<void> => {
		saidMs = performance.now();
		const notice: WorkerNotice = { ...of.notice(), leaving };
		await backend.publish(WORKERS_CHANNEL, JSON.stringify(notice)).catch(() => {}); // said again soon
	};
	const stops = [
		await backend.subscribe(SKIP_CHANNEL, of.hearSkip),
		await backend.subscribe(GATEWAYS_CHANNEL, (message) => {
			const notice = parseGatewayNotice(message);
			if (notice === undefined || timer === undefined) return;
			if (notice.asks) void say();
			of.onGateway?.(notice);
		}),
	];
	return {
		begin() {
			timer = setInterval(say, NOTICE_EVERY_MS);
			void say();
		},
		refresh() {
			if (performance.now() - saidMs >= REFRESH_AFTER_MS) void say();
		},
		async leave() {
			leaving = true;
			await say();
		},
		async close() {
			clearInterval(timer);
			for (const stop of stops) await stop();
		},
	};
}
