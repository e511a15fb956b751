/** `sluice policy`: tests, checks and compares policy files. */
import { registerPolicyDiff } from "./policy-diff.ts";
import { registerPolicyLint } from "./policy-lint.ts";
import { registerPolicyTest } from "./policy-test.ts";
import type { Register } from "./register.ts";

/** Adds the commands. */
export const registerPolicy: Register = (program, context, finish) => {
	const policy = program.command("policy").description("test, check and compare policy files");
	for (const register of [registerPolicyTest, registerPolicyLint, registerPolicyDiff])
		register(policy, context, finish);
};
