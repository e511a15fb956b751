/**
 * Splits TypeScript text into code, comments and strings, and finds its imports, without a parser.
 * In `code` every comment and the inside of every string, template text and regular expression is blanked with spaces;
 * offsets and line breaks stay, so a position in `code` is a position in the file.
 */

/** A piece of the file: where it starts and its text. */
export interface Piece {
	readonly start: number;
	readonly text: string;
}

/** A file taken apart. `strings` holds quoted strings and template texts without their quotes. */
export interface Source {
	readonly code: string;
	readonly comments: readonly Piece[];
	readonly strings: readonly Piece[];
}

/** One import, re-export or dynamic import. `specifier` is undefined where it is computed at run time. */
export interface Import {
	readonly specifier: string | undefined;
	readonly start: number;
	readonly typeOnly: boolean;
}

/** After one of these a slash starts a regular expression; after anything else it divides. */
const BEFORE_REGEX =
	/(?:^|[=(,:;[!&|?{}+\-*%<>~^])\s*$|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|await|yield)\s*$/;

/** Where a piece that starts at `start` ends, exclusive. */
function endOfQuoted(text: string, start: number): number {
	const quote = text[start];
	let at = start + 1;
	while (at < text.length && text[at] !== quote && text[at] !== "\n") at += text[at] === "\\" ? 2 : 1;
	return Math.min(at + 1, text.length);
}

function endOfRegex(text: string, start: number): number {
	let inClass = false;
	let at = start + 1;
	for (; at < text.length && text[at] !== "\n"; at++) {
		if (text[at] === "\\") at++;
		else if (text[at] === "[") inClass = true;
		else if (text[at] === "]") inClass = false;
		else if (text[at] === "/" && !inClass) break;
	}
	return Math.min(at + 1, text.length);
}

/** End of a template text: behind its closing backtick, or behind the `${` that opens an expression. */
function endOfTemplateText(text: string, start: number): number {
	let at = start;
	for (; at < text.length; at++) {
		if (text[at] === "\\") at++;
		else if (text[at] === "`") return at + 1;
		else if (text[at] === "$" && text[at + 1] === "{") return at + 2;
	}
	return text.length;
}

function endOfComment(text: string, start: number): number {
	const end = text[start + 1] === "/" ? text.indexOf("\n", start) : text.indexOf("*/", start + 2);
	if (end < 0) return text.length;
	return text[start + 1] === "/" ? end : end + 2;
}

const blank = (text: string): string => text.replace(/[^\n]/g, " ");

/** Takes a file apart. Total: malformed text gives some answer, never an error. */
export function scanSource(text: string): Source {
	const comments: Piece[] = [];
	const strings: Piece[] = [];
	/** Per open template expression, how many braces are open inside it. */
	const templates: number[] = [];
	let code = "";
	const template = (end: number): void => {
		const start = code.length;
		strings.push({ start, text: text.slice(start, end).replace(/`$|\$\{$/, "") });
		const opensExpression = text.slice(start, end).endsWith("${");
		code += opensExpression ? `${blank(text.slice(start, end - 2))}\${` : `${blank(text.slice(start, end - 1))}\``;
		if (opensExpression) templates.push(0);
	};
	while (code.length < text.length) {
		const at = code.length;
		const char = text[at]!;
		const next = text[at + 1];
		if (char === "/" && (next === "/" || next === "*")) {
			const end = endOfComment(text, at);
			comments.push({ start: at, text: text.slice(at, end) });
			code += blank(text.slice(at, end));
		} else if (char === '"' || char === "'") {
			const end = endOfQuoted(text, at);
			strings.push({ start: at, text: text.slice(at + 1, end - 1) });
			code += char + blank(text.slice(at + 1, end - 1)) + text.slice(end - 1, end);
		} else if (char === "`") {
			code += char;
			template(endOfTemplateText(text, at + 1));
		} else if (char === "/" && BEFORE_REGEX.test(code.slice(Math.max(0, at - 200)))) {
			const end = endOfRegex(text, at);
			code += `/${blank(text.slice(at + 1, end - 1))}/`;
		} else {
			code += char;
			const open = templates.length - 1;
			if (open >= 0 && char === "{") templates[open]! += 1;
			else if (open >= 0 && char === "}" && templates[open]! > 0) templates[open]! -= 1;
			else if (open >= 0 && char === "}") {
				templates.pop();
				template(endOfTemplateText(text, at + 1));
			}
		}
	}
	return { code: code.slice(0, text.length), comments, strings };
}

const STATIC_IMPORT = /(?<![.\w$])(import|export)(\s+type)?\s*(?:[\w*{$][^;'"`()=]*?\bfrom\s*)?(["'])/g;
const DYNAMIC_IMPORT = /(?<![.\w$])import\s*\(\s*(["'])?/g;

/** Every import of a file, in no particular order. */
export function findImports(source: Source): Import[] {
	const at = new Map(source.strings.map((piece) => [piece.start, piece.text]));
	const found: Import[] = [];
	for (const match of source.code.matchAll(STATIC_IMPORT)) {
		const clause = match[0].slice(match[1]!.length, -1);
		if (match[1] === "export" && !/\bfrom\s*$/.test(clause)) continue;
		const specifier = at.get(match.index + match[0].length - 1);
		found.push({ specifier, start: match.index, typeOnly: isTypeOnly(match[2], clause) });
	}
	for (const match of source.code.matchAll(DYNAMIC_IMPORT)) {
		const specifier = match[1] === undefined ? undefined : at.get(match.index + match[0].length - 1);
		const typeOnly = /\btypeof\s*$|[:<|&]\s*$/.test(source.code.slice(0, match.index));
		found.push({ specifier, start: match.index, typeOnly });
	}
	return found;
}

/** `import type …`, or braces in which every name is marked `type`. */
function isTypeOnly(keyword: string | undefined, clause: string): boolean {
	if (keyword !== undefined) return true;
	const names = /^\s*\{([^}]*)\}\s*from\s*$/.exec(clause)?.[1];
	if (names === undefined) return false;
	const parts = names.split(",").filter((name) => name.trim() !== "");
	return parts.length > 0 && parts.every((name) => /^\s*type\s+\w/.test(name));
}

/** 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
	return text.slice(0, offset).split("\n").length;
}
