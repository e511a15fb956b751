/**
 * Middleware for LangChain.js agents (`createAgent({ middleware })`). Its types are the parts of LangChain's that it touches.
 * What goes in is judged before the model is called; the model's chunks and messages before anybody else gets them, listeners
 * of its tokens included. A model that gives no access to these is judged by its whole message.
 */
import type { AdapterOptions } from "../parts/adapter-options.ts";
import { findBlocked } from "../parts/judge-texts.ts";
import { type ChatMessage, guardMessage, textOfContent } from "../parts/langchain-messages.ts";
import { guardRunnable } from "../parts/langchain-model.ts";

/** Assignable to LangChain's `AgentMiddleware`. */
export interface LangChainMiddleware {
	readonly name: string;
	readonly beforeModel: {
		readonly canJumpTo: "end"[];
		hook<M>(state: { messages: M[] }): Promise<{ messages: M[]; jumpTo: "end" } | undefined>;
	};
	wrapModelCall<Q extends { model: unknown }, M>(request: Q, handler: (request: Q) => M | Promise<M>): Promise<M>;
}

/** Options of {@link guardAgent}. */
export interface LangChainGuardOptions extends AdapterOptions {
	/** Whether what users and tools say is judged before each call of the model. Default true. */
	readonly input?: boolean | undefined;
}

/** The middleware. What is stopped ends with `finish_reason: "content_filter"` in `response_metadata`, which says why in `sluice`. */
export function guardAgent({ input = true, ...options }: LangChainGuardOptions): LangChainMiddleware {
	return {
		name: "SluiceGuard",
		beforeModel: {
			canJumpTo: ["end"],
			async hook<M>({ messages }: { messages: M[] }) {
				const texts = input
					? (messages as ChatMessage[]).filter(isFromOutside).map(({ content }) => textOfContent(content))
					: [];
				const report = await findBlocked(options, texts);
				if (report === undefined) return undefined;
				const { reason, blocked } = report;
				const response_metadata = {
					finish_reason: "content_filter",
					sluice: { reason, surface: "input", policy: blocked?.policy ?? null },
				};
				const message = { role: "assistant", content: options.refusal ?? "", response_metadata };
				return { messages: [message as M], jumpTo: "end" };
			},
		},
		async wrapModelCall(request, handler) {
			let isGuarded = false;
			const model = guardRunnable(request.model, options, () => {
				isGuarded = true;
			});
			const answer = await handler({ ...request, model });
			return isGuarded ? answer : guardMessage(answer, options);
		},
	};
}

function isFromOutside(message: ChatMessage): boolean {
	const type = message.getType?.() ?? message.type;
	return type === "human" || type === "tool" || type === "function" || type === "generic";
}
