/**
 * Where a service is reached: the operator's base address and the API's path. Keeps keys off unencrypted connections.
 */
import { SluiceError } from "../../errors.ts";

/**
 * The address of `path` below `baseUrl`; a base that ends with /v1, as OpenAI clients take it, counts as one without.
 * Throws `invalid_config` for anything but http and https, for addresses with user name, query or fragment, for a key that
 * no header can carry, and for a key over http to another machine. No message shows the key.
 */
export function toEndpoint(of: {
	readonly service: string;
	readonly baseUrl: string;
	readonly path: string;
	readonly apiKey: string | undefined;
}): string {
	const refuse = (why: string): never => {
		throw new SluiceError("invalid_config", { detail: `the remote service ${of.service}: ${why}` });
	};
	const url = URL.parse(of.baseUrl);
	if (url === null || !/^https?:$/.test(url.protocol) || /[@?#\s]/.test(of.baseUrl))
		return refuse("the base address must be http or https, without user name, query and fragment");
	if (of.apiKey !== undefined) {
		if (!/^[\x21-\x7e]+$/.test(of.apiKey))
			refuse("the API key must consist of letters, digits and signs without spaces");
		if (url.protocol === "http:" && !isLoopback(url.hostname))
			refuse("an API key is sent over https only, or over http to this machine");
	}
	return `${of.baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "")}/${of.path}`;
}

function isLoopback(hostname: string): boolean {
	return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
