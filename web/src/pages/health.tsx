export function Health(_: { name?: string }) { return null; }
