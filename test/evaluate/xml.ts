/** Enough of an XML parser to refuse a picture that a browser would refuse: tags, attributes, entities, characters. */

/** An element; text is that of all its text nodes. */
export interface Element {
	readonly name: string;
	readonly attributes: Readonly<Record<string, string>>;
	readonly children: Element[];
	text: string;
}

/** The root element. Throws for anything that is not well-formed. */
export function parseXml(source: string): Element {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids
	if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(source) || !source.isWellFormed())
		throw new Error("a character that XML does not allow");
	const top: Element = { name: "", attributes: {}, children: [], text: "" };
	const stack = [top];
	const token = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
	let at = 0;
	for (let match = token.exec(source); match !== null; match = token.exec(source)) {
		const [whole, closing, name, attributes = "", empty, text] = match;
		at += whole.length;
		const parent = stack.at(-1)!;
		if (text !== undefined) parent.text += unescapeXml(text);
		else if (closing) {
			if (parent.name !== name) throw new Error(`</${name}> closes <${parent.name}>`);
			stack.pop();
		} else {
			const element: Element = { name: name!, attributes: toAttributes(attributes), children: [], text: "" };
			parent.children.push(element);
			if (!empty) stack.push(element);
		}
	}
	if (at !== source.length) throw new Error(`not XML from character ${at} on: ${source.slice(at, at + 40)}`);
	const [root] = top.children;
	if (stack.length !== 1 || top.children.length !== 1 || top.text.trim() !== "" || root === undefined)
		throw new Error("not one whole element");
	return root;
}

/** All elements of a name, at any depth. */
export function findAll(element: Element, name: string): Element[] {
	const own = element.name === name ? [element] : [];
	return [...own, ...element.children.flatMap((child) => findAll(child, name))];
}

function toAttributes(text: string): Record<string, string> {
	const pairs = [...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
		([, name, value]) => [name!, unescapeXml(value!)] as const,
	);
	if (new Set(pairs.map(([name]) => name)).size !== pairs.length) throw new Error("an attribute twice");
	return Object.fromEntries(pairs);
}

function unescapeXml(text: string): string {
	const bare = text.replaceAll(/&(amp|lt|gt|quot|apos);/g, "");
	if (bare.includes("&")) throw new Error("an ampersand that is no entity");
	const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
	return text.replaceAll(/&(\w+);/g, (_, name: string) => entities[name]!);
}
