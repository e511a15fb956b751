/** Queues and channels in this process's memory, where a test can look at what is sent, lose it, and hold workers back. */
import type { QueueBackend } from "../../src/queue/index.ts";

/** A job as it lies in the queue. */
export interface FakeJob {
	readonly id: string;
	readonly queue: string;
	/** As on the wire. */
	readonly text: string;
	/** BullMQ's: none goes first. */
	readonly priority?: number | undefined;
	processedBy: string | undefined;
}

interface FakeWorker {
	readonly name: string;
	readonly process: (job: { id: string; data: unknown }) => Promise<void>;
	running: number;
	isClosed: boolean;
}

/** A backend and what it sees. */
export interface FakeBackend extends QueueBackend {
	/** Every job ever added. */
	readonly added: FakeJob[];
	/** What processors threw. */
	readonly failures: Error[];
	/** Whether workers get jobs; true at first. */
	isOpen: boolean;
	/** Gives waiting jobs to workers. */
	deliver(): void;
	/** Forgets a job that waits or is worked on. */
	lose(id: string): void;
	/** May throw, or drop a message by giving false. */
	onPublish: (channel: string, message: string) => boolean;
	/** May throw. */
	onAdd: (job: FakeJob) => void;
}

/** An empty one. */
export function createFakeBackend(): FakeBackend {
	const jobs = new Map<string, FakeJob>();
	const workers = new Map<string, FakeWorker[]>();
	const channels = new Map<string, Set<(message: string) => void>>();
	const of = (queue: string): FakeJob[] => [...jobs.values()].filter((job) => job.queue === queue);
	const work = (job: FakeJob): void => {
		const worker = workers.get(job.queue)?.find(({ isClosed }) => !isClosed);
		if (worker === undefined || !backend.isOpen || job.processedBy !== undefined || !jobs.has(job.id)) return;
		job.processedBy = worker.name;
		worker.running++;
		void worker
			.process({ id: job.id, data: JSON.parse(job.text) })
			.catch((error: Error) => backend.failures.push(error))
			.finally(() => {
				worker.running--;
				jobs.delete(job.id);
			});
	};
	const queue = (name: string): object => ({
		name,
		async add(_: string, data: unknown, { jobId: id, priority }: { jobId: string; priority?: number }) {
			if (name === "score-queues") return; // the list of queues
			const job: FakeJob = { id, queue: name, text: JSON.stringify(data), priority, processedBy: undefined };
			backend.onAdd(job);
			backend.added.push(job);
			jobs.set(job.id, job);
			setImmediate(() => work(job));
		},
		async getJob(id: string) {
			const job = jobs.get(id);
			return job && { ...job, remove: async () => jobs.delete(id) };
		},
		getJobs: async () => of(name).map(({ text }) => ({ data: JSON.parse(text) })),
		getJobCountByTypes: async () => of(name).length,
		remove: async (id: string) => jobs.get(id)?.processedBy === undefined && jobs.delete(id),
		clean: async () => [],
		close: async () => {},
	});
	const backend: FakeBackend = {
		kind: "sqlite",
		added: [],
		failures: [],
		isOpen: true,
		onPublish: () => true,
		onAdd: () => {},
		deliver: () => {
			for (const job of jobs.values()) work(job);
		},
		lose: (id) => void jobs.delete(id),
		queue: queue as unknown as QueueBackend["queue"],
		worker: ((name: string, process: FakeWorker["process"], settings: { name: string }) => {
			const worker: FakeWorker = { name: settings.name, process, running: 0, isClosed: false };
			return {
				async run() {
					workers.set(name, [...(workers.get(name) ?? []), worker]);
					backend.deliver();
				},
				async close() {
					worker.isClosed = true;
					while (worker.running > 0) await new Promise(setImmediate);
				},
			};
		}) as unknown as QueueBackend["worker"],
		events: () => {
			throw new Error("nobody reads events");
		},
		async publish(channel, message) {
			if (!backend.onPublish(channel, message)) return;
			setImmediate(() => {
				for (const listener of channels.get(channel) ?? []) listener(message);
			});
		},
		async subscribe(channel, listener) {
			channels.set(channel, (channels.get(channel) ?? new Set()).add(listener));
			return async () => void channels.get(channel)?.delete(listener);
		},
		close: async () => {},
	};
	return backend;
}
