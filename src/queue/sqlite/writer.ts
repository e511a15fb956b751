/**
 * Group commit: all calls of one turn of the event loop share one transaction, so that many jobs cost one commit. A call
 * that is refused fails alone; where the file itself fails, each call is tried again in a transaction of its own.
 */
import { SluiceError } from "../../errors.ts";
import type { Database } from "./database.ts";
import { isRefusal } from "./refusal.ts";
import { createTransaction, type Transaction } from "./transaction.ts";

/** Something to do within a transaction. It refuses before it writes, and it can be run again after a rollback. */
export type Operation<Result> = (transaction: Transaction) => Result;

/** Writes to a file. */
export interface Writer {
	/** Resolves once committed. Rejects with the operation's refusal, or `queue_unavailable` where the file fails. */
	write<Result>(operation: Operation<Result>): Promise<Result>;
	/** Commits what waits; later writes fail. */
	close(): void;
}

interface Pending {
	run(transaction: Transaction): void;
	settle(): void;
	fail(error: unknown): void;
}

function toPending<Result>(
	operation: Operation<Result>,
	resolve: (result: Result) => void,
	reject: (error: unknown) => void,
): Pending {
	let settle = () => {};
	return {
		run(transaction) {
			try {
				const result = operation(transaction);
				settle = () => resolve(result);
			} catch (error) {
				if (!isRefusal(error)) throw error;
				settle = () => reject(error);
			}
		},
		settle: () => settle(),
		fail: reject,
	};
}

function toFailure(cause: unknown): SluiceError {
	if (cause instanceof SluiceError) return cause;
	return new SluiceError("internal", { detail: "A queue operation failed", cause });
}

/** Some failures of a commit have ended the transaction already. */
function rollBack(database: Database): void {
	try {
		database.run("rollback");
	} catch {
		// nothing left to undo
	}
}

/** A writer; `onCommit` is told the queues that each commit touched. */
export function createWriter(database: Database, onCommit: (touched: ReadonlySet<string>) => void): Writer {
	let pending: Pending[] = [];
	let closed = false;

	const commit = (batch: readonly Pending[]): ReadonlySet<string> => {
		try {
			const transaction = createTransaction(database, Date.now());
			for (const one of batch) one.run(transaction);
			const touched = transaction.finish();
			database.run("commit");
			return touched;
		} catch (error) {
			rollBack(database);
			throw error;
		}
	};
	const attempt = (batch: readonly Pending[]): void => {
		let begun = false;
		let touched: ReadonlySet<string>;
		try {
			database.run("begin immediate");
			begun = true;
			touched = commit(batch);
		} catch (error) {
			if (begun && batch.length > 1) for (const one of batch) attempt([one]);
			else for (const one of batch) one.fail(toFailure(error));
			return;
		}
		for (const one of batch) one.settle();
		onCommit(touched);
	};
	const flush = (): void => {
		const batch = pending;
		pending = [];
		if (batch.length > 0) attempt(batch);
	};
	return {
		write(operation) {
			return new Promise((resolve, reject) => {
				if (closed) {
					reject(new SluiceError("queue_unavailable", { detail: "The queue file is closed" }));
					return;
				}
				pending.push(toPending(operation, resolve, reject));
				if (pending.length === 1) setImmediate(flush);
			});
		},
		close() {
			closed = true;
			flush();
		},
	};
}
