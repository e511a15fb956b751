/**
 * Element types of tensors, under the names that JavaScript runtimes of ONNX use, with their number in TensorProto.
 */

/** Number in `TensorProto.DataType` and bytes per element. */
export const ELEMENT_TYPES: {
	readonly float32: { readonly code: 1; readonly bytes: 4 };
	readonly uint8: { readonly code: 2; readonly bytes: 1 };
	readonly int8: { readonly code: 3; readonly bytes: 1 };
	readonly int32: { readonly code: 6; readonly bytes: 4 };
	readonly int64: { readonly code: 7; readonly bytes: 8 };
	readonly bool: { readonly code: 9; readonly bytes: 1 };
	readonly float16: { readonly code: 10; readonly bytes: 2 };
	readonly bfloat16: { readonly code: 16; readonly bytes: 2 };
} = {
	float32: { code: 1, bytes: 4 },
	uint8: { code: 2, bytes: 1 },
	int8: { code: 3, bytes: 1 },
	int32: { code: 6, bytes: 4 },
	int64: { code: 7, bytes: 8 },
	bool: { code: 9, bytes: 1 },
	float16: { code: 10, bytes: 2 },
	bfloat16: { code: 16, bytes: 2 },
};

/** An element type. */
export type ElementType = keyof typeof ELEMENT_TYPES;
