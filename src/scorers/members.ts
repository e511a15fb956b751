/**
 * Who measures which kind of spec: the list of scorers that need no other, by the names they have in a set.
 */
import { SluiceError } from "../errors.ts";
import type { LeafSpec, Policy, RemoteSpec, YesNoSpec } from "../types.ts";
import type { Scorer } from "./scorer.ts";

/** Name of a scorer in a set: its kind, and which one where there may be several. */
export type MemberName = "head" | `yes-no:${YesNoSpec["model"]}` | `remote:${RemoteSpec["service"]}`;

/** The scorers that are there. */
export type ScorerMembers = Readonly<Partial<Record<MemberName, Scorer>>>;

interface Kind<S extends LeafSpec> {
	member(spec: S): MemberName;
	/** As {@link Decision.scorer} has it. */
	label(spec: S): string;
	/** Completes "policy x needs …" where no such scorer is there. */
	need(spec: S): string;
}

const SERVICE_SETTINGS: Readonly<Record<RemoteSpec["service"], string>> = {
	openai: "SLUICE_OPENAI_API_KEY",
	google: "SLUICE_GOOGLE_API_KEY",
	guard: "SLUICE_GUARD_BASE_URL and SLUICE_GUARD_MODEL",
};

const KINDS: { readonly [K in LeafSpec["kind"]]: Kind<Extract<LeafSpec, { kind: K }>> } = {
	head: { member: () => "head", label: () => "head", need: () => "the classifier: set SLUICE_MODEL" },
	"yes-no": {
		member: ({ model }) => `yes-no:${model}`,
		label: () => "yes-no",
		need: ({ model }) => `a yes-no model: set SLUICE_MODEL_${model.toUpperCase()}`,
	},
	remote: {
		member: ({ service }) => `remote:${service}`,
		label: ({ service }) => `remote:${service}`,
		need: ({ service }) => `the remote service ${service}: set ${SERVICE_SETTINGS[service]}`,
	},
};

function kindOf<S extends LeafSpec>(spec: S): Kind<S> {
	return KINDS[spec.kind] as unknown as Kind<S>; // the table's type says that key and value belong together
}

/** Name of the scorer that measures by a spec. */
export function memberOf(spec: LeafSpec): MemberName {
	return kindOf(spec).member(spec);
}

/** How a decision by this spec names its scorer. */
export function labelOf(spec: LeafSpec): string {
	return kindOf(spec).label(spec);
}

/** The failure of having no scorer for a policy's spec: what is missing, and the setting that changes it. */
export function missingMember(policy: string, spec: LeafSpec): SluiceError {
	const detail = `policy ${policy} needs ${kindOf(spec).need(spec)}`;
	return new SluiceError("invalid_policy", { detail, pointer: "/scorer" });
}

/** The specs of a policy that need no other: its own, or both of a cascade's. */
export function leavesOf({ scorer }: Pick<Policy, "scorer">): readonly LeafSpec[] {
	return scorer.kind === "cascade" ? [scorer.first, scorer.second] : [scorer];
}

/** Names of all scorers that policies ask for. */
export function neededMembers(policies: readonly Policy[]): ReadonlySet<MemberName> {
	return new Set(policies.flatMap(leavesOf).map(memberOf));
}
