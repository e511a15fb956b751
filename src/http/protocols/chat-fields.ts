/** Texts of a request beside its messages: prompts, what is written for the model in tools, and any string in a field that is not known. */
import type { ChatForm, InputText } from "../../chat/index.ts";
import { SluiceError } from "../../errors.ts";
import { stringsIn } from "./strings-in.ts";

/** Fields without text that a model reads; others are judged. */
const PLAIN: ReadonlySet<string> = new Set([
	..."model n stream stream_options moderation user safety_identifier metadata store service_tier seed stop".split(" "),
	..."temperature top_p top_k min_p max_tokens max_completion_tokens frequency_penalty presence_penalty".split(" "),
	..."repetition_penalty logit_bias logprobs top_logprobs tool_choice function_call parallel_tool_calls".split(" "),
	..."reasoning_effort verbosity modalities prompt_cache_key prompt_cache_retention best_of echo".split(" "),
]);
/** Of these, JSON schemas in the main, not what belongs to the schema. */
const SCHEMAS: ReadonlySet<string> = new Set(["tools", "functions", "response_format"]);
const OF_SCHEMAS: ReadonlySet<string> = new Set(
	"type name required format pattern syntax $ref $id $schema $anchor".split(" "),
);
const OWN: Readonly<Record<ChatForm, string>> = { chat: "messages", completion: "prompt" };

/** Throws `invalid_request` for half of a surrogate pair. */
export function readFields(body: Readonly<Record<string, unknown>>, form: ChatForm): readonly InputText[] {
	return Object.entries(body).flatMap(([field, value]) => {
		if (PLAIN.has(field) || field === OWN[form]) return [];
		const words = SCHEMAS.has(field) ? stringsIn(value, isOfSchema) : stringsIn(value);
		// the name of a field that nobody knows is the client's: it appears in no message
		const pointer = SCHEMAS.has(field) || field === "prediction" || field === "suffix" ? `/${field}` : "";
		return toText(words.join("\n"), pointer);
	});
}

/** The prompts of a legacy request. */
export function readPrompts(prompt: string | readonly string[]): readonly InputText[] {
	if (typeof prompt === "string") return toText(prompt, "/prompt", "user");
	return prompt.flatMap((text, i) => toText(text, `/prompt/${i}`, "user"));
}

/** Whether a field holds words of the schema language, or names that could not be sentences. */
function isOfSchema(name: string, value: unknown): boolean {
	if (!OF_SCHEMAS.has(name)) return false;
	return stringsIn(value).every((word) => word.length <= 64 && !/\s/.test(word));
}

function toText(text: string, pointer: string, role: InputText["role"] = "system"): readonly InputText[] {
	if (!text.isWellFormed())
		throw new SluiceError("invalid_request", {
			detail: `${pointer || "the body"}: holds half of a surrogate pair`,
			pointer,
		});
	return text === "" ? [] : [{ role, text, pointer }];
}
