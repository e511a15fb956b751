/**
 * Which addresses a webhook may go to: those of the public internet (IANA's special-purpose registries, RFC 6890). The check
 * is made on the address a connection is opened to, so a name that answers differently the second time gains nothing.
 */
import { lookup as lookupName } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

const special = new BlockList();
for (const [net, prefix] of [
	["0.0.0.0", 8],
	["10.0.0.0", 8],
	["100.64.0.0", 10],
	["127.0.0.0", 8],
	["169.254.0.0", 16],
	["172.16.0.0", 12],
	["192.0.0.0", 24],
	["192.0.2.0", 24],
	["192.88.99.0", 24],
	["192.168.0.0", 16],
	["198.18.0.0", 15],
	["198.51.100.0", 24],
	["203.0.113.0", 24],
	["224.0.0.0", 3],
] as const)
	special.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of [
	["2001::", 23],
	["2001:db8::", 32],
	["2002::", 16],
	["3fff::", 20],
] as const)
	special.addSubnet(net, prefix, "ipv6");
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");

/** Whether an IP address is one of the public internet; false for anything else. */
export function isPublicAddress(address: string): boolean {
	switch (isIP(address)) {
		case 4:
			return !special.check(address, "ipv4");
		case 6:
			return global6.check(address, "ipv6") && !special.check(address, "ipv6");
		default:
			return false;
	}
}

/** Looks a name up for a connection; an error unless every one of its addresses is public. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
	lookupName(hostname, { ...options, all: true }, (error, addresses) => {
		if (error !== null) {
			callback(error, "");
			return;
		}
		if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address))) {
			callback(new Error("the name leads to an address that is not public"), "");
			return;
		}
		if (options.all) callback(null, addresses);
		else callback(null, addresses[0]!.address, addresses[0]!.family);
	});
};
