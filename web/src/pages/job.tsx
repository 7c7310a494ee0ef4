export function Job(_: { name?: string }) { return null; }
