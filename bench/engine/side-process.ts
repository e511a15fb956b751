/** A side of the bench as a child process: start, ask, end. */
import { type ChildProcess, fork } from "node:child_process";
import type { Answers, Command, Reply, Requests } from "./protocol.ts";

/** A running side. */
export interface Side {
	readonly pid: number;
	/** Rejects with the side's own words, or when its process ends. */
	ask<C extends Command>(command: C, request: Requests[C]): Promise<Answers[C]>;
	stop(): Promise<void>;
}

/** Starts the module at `url`; what it prints goes to stderr. */
export function startSide(url: URL): Side {
	const child = fork(url, [], { stdio: ["ignore", 2, 2, "ipc"] });
	let count = 0;
	return {
		pid: child.pid!,
		ask: (command, request) => ask(child, count++, { command, ...request }) as never,
		stop: () => stop(child),
	};
}

function ask(child: ChildProcess, id: number, request: object): Promise<Answers[Command]> {
	return new Promise((resolve, reject) => {
		const end = (settle: () => void): void => {
			child.off("message", read);
			child.off("exit", gone);
			settle();
		};
		const read = (reply: Reply): void => {
			if (reply.id !== id) return;
			end(() => ("error" in reply ? reject(new Error(reply.error)) : resolve(reply.answer)));
		};
		const gone = (code: number | null, signal: string | null): void => {
			end(() => reject(new Error(`the side ended with ${code ?? signal}`)));
		};
		child.on("message", read);
		child.once("exit", gone);
		child.send({ id, ...request });
	});
}

function stop(child: ChildProcess): Promise<void> {
	return new Promise((resolve) => {
		if (child.exitCode !== null || child.signalCode !== null) return resolve();
		child.once("exit", () => resolve());
		child.disconnect();
	});
}
