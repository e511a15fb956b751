/**
 * Which beginnings prompts have in common, and which of them are worth reading once: a trie over token ids. Any template
 * gains from it; knows none.
 */

/** A prompt to plan for. */
export interface PlannedPrompt {
	readonly ids: Int32Array;
	/** Ids at the beginning whose state serves other calls too: read apart even where only one prompt has them. */
	readonly reusable: number;
}

/** The state after `tokens` ids, which all prompts below share, and what goes on from it. */
export interface PrefixNode {
	readonly tokens: number;
	/** Numbers of the prompts of which only their own ids are left to read; at least one id each. */
	readonly prompts: readonly number[];
	readonly nodes: readonly PrefixNode[];
}

/** What a run for a shared part costs on top of its tokens, in tokens; sharing fewer does not pay. */
export const WORTHWHILE_TOKENS = 64;

/** The plan: a node of no tokens. Every prompt is in it once. */
export function planPrefixes(prompts: readonly PlannedPrompt[]): PrefixNode {
	const bound = new Map<string, number[]>();
	const free: number[] = [];
	for (const [i, { ids, reusable }] of prompts.entries()) {
		if (reusable === 0) free.push(i);
		else addTo(bound, ids.subarray(0, reusable).join(), i);
	}
	const plan = branch(prompts, free, 0);
	const reused = [...bound.values()].map((group) => branch(prompts, group, prompts[group[0]!]!.reusable));
	return { ...plan, nodes: [...plan.nodes, ...reused] };
}

/** What goes on from the first `tokens` ids of `group`, which are the same in all of it. */
function branch(prompts: readonly PlannedPrompt[], group: readonly number[], tokens: number): PrefixNode {
	const groups = new Map<number, number[]>();
	for (const i of group) addTo(groups, prompts[i]!.ids[tokens]!, i);
	const alone: number[] = [];
	const nodes: PrefixNode[] = [];
	for (const members of groups.values()) {
		const shared = commonLength(members.map((i) => prompts[i]!.ids));
		if (members.length === 1 || shared <= tokens) {
			alone.push(...members);
			continue;
		}
		const node = branch(prompts, members, shared);
		const saved = (node.prompts.length + node.nodes.length - 1) * (shared - tokens);
		if (saved >= WORTHWHILE_TOKENS) nodes.push(node);
		else {
			alone.push(...node.prompts);
			nodes.push(...node.nodes);
		}
	}
	return { tokens, prompts: alone, nodes };
}

/** How many ids all lists begin with in common, leaving each one at least. */
function commonLength(lists: readonly Int32Array[]): number {
	const first = lists[0]!;
	let length = Math.min(...lists.map((ids) => ids.length)) - 1;
	for (const ids of lists) length = Math.min(length, sharedTokens(first, ids));
	return length;
}

/** How many ids two lists begin with in common. */
export function sharedTokens(a: Int32Array, b: Int32Array): number {
	const most = Math.min(a.length, b.length);
	let length = 0;
	while (length < most && a[length] === b[length]) length++;
	return length;
}

function addTo<K>(groups: Map<K, number[]>, key: K, member: number): void {
	const group = groups.get(key);
	if (group === undefined) groups.set(key, [member]);
	else group.push(member);
}
