/** What is measured under the names of other services, for people: one table per wire format. Derived from the policies. */
import type { Policy } from "../../types.ts";
import { AZURE_CATEGORIES } from "./azure.ts";
import { toServiceMap } from "./category-map.ts";
import { GOOGLE_CATEGORIES } from "./google.ts";
import { OPENAI_CATEGORIES } from "./openai.ts";
import { PERSPECTIVE_ATTRIBUTES } from "./perspective.ts";

/** Every wire format that maps policies to names of its own, and those names. */
export const SERVICES: readonly {
	readonly service: keyof Policy["maps"];
	readonly title: string;
	readonly names: readonly string[];
}[] = [
	{ service: "perspective", title: "Perspective attribute", names: PERSPECTIVE_ATTRIBUTES },
	{ service: "google", title: "Google category", names: GOOGLE_CATEGORIES },
	{ service: "azure", title: "Azure category", names: AZURE_CATEGORIES },
	{ service: "openai", title: "OpenAI category", names: OPENAI_CATEGORIES },
];

/** The tables as Markdown: per name the policies that measure it. Throws `invalid_policy` for a name a service does not have. */
export function toCoverageTables(policies: readonly Policy[]): string {
	return SERVICES.map(({ service, title, names }) => {
		const map = toServiceMap(policies, service, names);
		const rows = names.map((name) => {
			const measuring = map.get(name)?.map((id) => `\`${id}\``);
			return `| \`${name}\` | ${measuring?.join(", ") ?? "not measured"} |`;
		});
		return [`| ${title} | Measured by |`, "|---|---|", ...rows].join("\n");
	}).join("\n\n");
}
