export function History(_: { name?: string }) { return null; }
