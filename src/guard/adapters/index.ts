/** The guard's adapters, one file each. */
export {
	type AiSdkGuardOptions,
	type AiSdkMessage,
	type AiSdkMiddleware,
	type AiSdkParams,
	type AiSdkPart,
	guardModel,
} from "./ai-sdk.ts";
export { guardChunks, guardIterable } from "./async-iterable.ts";
export { guardExpress } from "./express.ts";
export { type FetchGuardOptions, guardFetch } from "./fetch.ts";
export { guard } from "./hono.ts";
export { guardAgent, type LangChainGuardOptions, type LangChainMiddleware } from "./langchain.ts";
export {
	type AgentInputGuardrail,
	type AgentOutputGuardrail,
	createInputGuardrail,
	createOutputGuardrail,
	type GuardrailOutput,
} from "./openai-agents.ts";
export { guardByteStream, guardTextStream } from "./web-stream.ts";
