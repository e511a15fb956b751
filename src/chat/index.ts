/** Guarded answers of models. */
export { type AnswerEnd, type AnswerEvent, type ChoiceJudgement, type JudgeFailure, STOPPED } from "./answer.ts";
export type { InputJudgement } from "./judge-input.ts";
export { createLocalSource, type LocalOptions } from "./local/local-source.ts";
export { type AnswerParts, type ModerationMode, type OpenedAnswer, openAnswer } from "./open-answer.ts";
export { type ChatService, type ChatSettings, toModes } from "./settings.ts";
export type {
	ChatForm,
	ChatRequest,
	ChatSource,
	InputRole,
	InputText,
	SourceAnswer,
	SourceCall,
	SourceEvent,
	SourceModel,
	SurfaceName,
	Usage,
} from "./source.ts";
export { createUpstreamSource, type UpstreamOptions } from "./upstream/upstream-source.ts";
